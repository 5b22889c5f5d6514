package graph_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
)

// A cell of one's own, with a residual connection in time: h' = h + tanh(W·[x, h])/4. Over 200 steps the gradient reaches the first
// one through the sum.
func ExampleRecurrence() {
	const batch, steps, features, units = 4, 200, 3, 8
	cell := func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		x, h := inputs[0], states[0]
		fromInput := graph.Dense{Units: units}.Apply(b, x)
		fromState := graph.Dense{Units: units, NoBias: true}.Apply(b, h)
		change := graph.Tanh.Apply(b, b.Check(op.Add(fromInput, fromState)))
		h = b.Check(op.Add(h, b.Check(op.Scale(change, 0.25))))
		return gorgonia.Nodes{h}, nil
	}
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Check(gorgonia.Transpose(x, 1, 0, 2)) // (steps, batch, features)
		start := b.Zeros(batch, units)
		_, last := graph.Recurrence{Step: cell}.Draw(b, gorgonia.Nodes{x}, gorgonia.Nodes{start})
		return graph.Dense{Units: 2}.Apply(b, last[0])
	})
	program, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch, steps, features}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	x, err := tensors.FromSlice(tensor.Float64, make([]float64, batch*steps*features), batch, steps, features)
	if err != nil {
		log.Fatal(err)
	}
	classes := tensor.New(tensor.WithShape(batch), tensor.WithBacking([]int{0, 1, 0, 1}))
	if err := program.Run(x, classes); err != nil {
		log.Fatal(err)
	}
	for _, w := range program.Weights {
		fmt.Println(w.Name, w.Grad.Shape())
	}
	fmt.Printf("loss %.3f\n", program.LossValue())
	// Output:
	// scan1/dense1/weight (3, 8)
	// scan1/dense1/bias (8)
	// scan1/dense2/weight (8, 8)
	// dense1/weight (8, 2)
	// dense1/bias (2)
	// loss 0.693
}
