package csv_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradflow/gradflow/data/csv"
)

func ExampleRead() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "houses.csv")
	if err := os.WriteFile(path, []byte("rooms,city,price\n3,Bern,300\n5,Aarau,550\n,Bern,240\n"), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	houses, schema, err := csv.Read(path, csv.Options{Targets: []string{"price"}, Missing: csv.Fill})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Features())
	fmt.Println(houses.X.Data())
	fmt.Println(houses.Y.Data())
	// Output:
	// [rooms city=Aarau city=Bern]
	// [3 0 1 5 1 0 4 0 1]
	// [300 550 240]
}
