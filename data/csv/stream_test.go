package csv

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/data"
)

// A stream gives the rows that reading at once gives, in their order.
func TestStream(t *testing.T) {
	for _, n := range []int{1, chunk, 2*chunk + 3} {
		text := new(strings.Builder)
		fmt.Fprintln(text, "a,city,rank,kind")
		for i := range n {
			fmt.Fprintf(text, "%d,%c,%d,%d\n", i, 'A'+i%3, i%5, i%2)
		}
		path := write(t, text.String())
		all, schema, err := Read(path, Options{Targets: []string{"kind"}, Kinds: map[string]Kind{"rank": Index, "kind": Index}})
		if err != nil {
			t.Fatal(err)
		}
		stream, err := schema.Stream(path)
		if err != nil {
			t.Fatal(err)
		}
		if stream.Samples != n || !reflect.DeepEqual(stream.Classes, all.Classes) {
			t.Errorf("got %d samples of the classes %v, want %d of %v", stream.Samples, stream.Classes, n, all.Classes)
		}
		var x []float32
		var rank, kind []int
		for batch, err := range (data.StreamLoader{Batches: data.Batches{Size: 100}}).From(context.Background(), stream, 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
			x = append(x, batch.X.Float32s()...)
			rank, kind = append(rank, batch.Columns["rank"].Ints()...), append(kind, batch.Y.Ints()...)
		}
		equal(t, "X", x, all.X.Data())
		equal(t, "rank", rank, all.Column("rank").Data())
		equal(t, "Y", kind, all.Y.Data())
	}
}

func TestWrongStream(t *testing.T) {
	schema, err := Learn(write(t, "a,b\n1,2\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = schema.Stream(write(t, "a,b\n1,2\n3,x\n"))
	wantError(t, err, "csv: ", "houses.csv:3:3", `got "x", want a number`)
	_, err = schema.Stream(write(t, "a,b\n"))
	wantError(t, err, "got no row")
	_, err = schema.Stream("nowhere.csv")
	wantError(t, err, "nowhere.csv")
}
