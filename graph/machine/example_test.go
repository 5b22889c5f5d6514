package machine_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// A Gorgonia program runs on our machine by changing one line.
func ExampleNew() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(3), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{1, 2, 3}))))
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(x))))
	if _, err := gorgonia.Grad(loss, x); err != nil {
		log.Fatal(err)
	}
	m := machine.New(g) // was: gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(x))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	dx, err := x.Grad()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loss.Value(), dx)
	// Output: 14 [2  4  6]
}
