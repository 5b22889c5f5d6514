package graph_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// What Adopt finds in a graph drawn by hand: two layers, one with a bias and a tanh.
func ExampleAdopt() {
	g := gorgonia.NewGraph()
	matrix := func(name string, rows, cols int) *gorgonia.Node {
		return gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(rows, cols), gorgonia.WithName(name), gorgonia.WithInit(gorgonia.GlorotN(1)))
	}
	x, w1, b1, w2 := matrix("x", 8, 5), matrix("hidden/weight", 5, 4), matrix("hidden/bias", 8, 4), matrix("out", 4, 2)
	h := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(x, w1)), b1))))
	loss := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Mul(h, w2))))))
	if _, err := gorgonia.Grad(loss, w1, b1, w2); err != nil {
		log.Fatal(err)
	}
	p, err := graph.Adopt(loss, w1, b1, w2)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range p.Layers {
		units, _ := l.Units()
		fmt.Println(l.Depth, l.Path, units, l.Act != nil)
	}
	for _, w := range p.Weights {
		fmt.Println(w.Name, w.Role, w.Layer)
	}
	// Output:
	// 1 hidden 4 true
	// 2 out 2 false
	// hidden/weight weight hidden
	// hidden/bias bias hidden
	// out weight out
}
