package graph_test

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// A network learns XOR by plain gradient descent, while a tap watches the gradient that reaches the first layer.
func Example() {
	params := graph.NewParams(tensor.Float64, 1)
	model := graph.Sequential{graph.Dense{Units: 8}, graph.Tanh, graph.Dense{Units: 1}}
	program, err := graph.Build(graph.Config{
		Model: model, Params: params, Input: tensor.Shape{4, 2}, Loss: graph.BCE{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	largest := 0.0
	program.Tap(program.Layers[0].Pre.Deriv(), func(delta gorgonia.Value) {
		for _, d := range delta.Data().([]float64) {
			largest = math.Max(largest, math.Abs(d))
		}
	})

	x, _ := tensors.FromSlice(tensor.Float64, [][]float64{{0, 0}, {0, 1}, {1, 0}, {1, 1}})
	y, _ := tensors.FromSlice(tensor.Float64, [][]float64{{0}, {1}, {1}, {0}})
	for step := range 401 {
		if err := program.Run(x, y); err != nil {
			fmt.Println(err)
			return
		}
		if step%200 == 0 {
			fmt.Printf("step %3d  loss %.3f  largest delta %.3f\n", step, program.LossValue(), largest)
			largest = 0
		}
		for _, w := range program.Weights {
			grad, value := w.Grad.Value().Data().([]float64), w.Value.Float64s()
			for i := range value {
				value[i] -= 0.5 * grad[i]
			}
		}
	}
	for _, logit := range program.OutputValue().Float64s() {
		fmt.Print(" ", logit > 0)
	}
	fmt.Println()
	// Output:
	// step   0  loss 0.741  largest delta 0.139
	// step 200  loss 0.031  largest delta 0.117
	// step 400  loss 0.010  largest delta 0.009
	//  false true true false
}
