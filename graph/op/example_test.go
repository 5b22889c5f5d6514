package op_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Ops are functions that put nodes on a Gorgonia graph, and Gorgonia differentiates them. Any machine runs them.
func Example() {
	g := gorgonia.NewGraph()
	z := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithName("logits"), gorgonia.WithShape(2, 3),
		gorgonia.WithValue(tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{0, 0, 0, 1e4, -1e4, 0}))))
	labels := gorgonia.NewVector(g, gorgonia.Int, gorgonia.WithName("labels"), gorgonia.WithShape(2),
		gorgonia.WithValue(tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{1, 2}))))
	loss, err := op.CrossEntropy(z, labels, op.SumReduction, 0)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := gorgonia.Grad(loss, z); err != nil {
		log.Fatal(err)
	}
	if err := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(z)).RunAll(); err != nil {
		log.Fatal(err)
	}
	dz, err := z.Grad()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("loss %.2f\n", loss.Value())
	fmt.Printf("softmax(z) - y:\n%.3f\n", dz)
	// Output:
	// loss 10001.10
	// softmax(z) - y:
	// ⎡ 0.333  -0.667   0.333⎤
	// ⎣ 1.000   0.000  -1.000⎦
}

// A mistake is explained where it is made, not when the graph runs.
func ExampleMatMul_wrongShapes() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, gorgonia.Float32, gorgonia.WithName("x"), gorgonia.WithShape(64, 784))
	w := gorgonia.NewMatrix(g, gorgonia.Float32, gorgonia.WithName("w"), gorgonia.WithShape(700, 100))
	_, err := op.MatMul(x, w, false, false)
	fmt.Println(err)
	// Output:
	// matmul(transA=false, transB=false): cannot multiply (64, 784) by (700, 100): got inner sizes 784 and 700, want the same
}
