package graph_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
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

// Parameters are saved to a file that PyTorch can read, and loaded before a model is built or after.
func ExampleParams_Save() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "model.safetensors")

	build := func(params *graph.Params) error {
		_, err := graph.Build(graph.Config{Model: mlp.Model{Input: 4, Hidden: []int{8}, Output: 3}, Params: params, Input: tensor.Shape{1, 4}})
		return err
	}
	trained := graph.NewParams(tensor.Float32, 1)
	if err := build(trained); err != nil {
		fmt.Println(err)
	}
	if err := trained.Save(path); err != nil {
		fmt.Println(err)
	}

	loaded := graph.NewParams(tensor.Float32, 2)
	if err := loaded.Load(path, graph.Assignment{}); err != nil {
		fmt.Println(err)
	}
	if err := build(loaded); err != nil {
		fmt.Println(err)
	}
	for _, p := range loaded.All() {
		fmt.Println(p.Name, p.Value.Shape(), reflect.DeepEqual(p.Value.Data(), trained.Get(p.Name).Value.Data()))
	}
	// Output:
	// dense1/weight (4, 8) true
	// dense1/bias (8) true
	// dense2/weight (8, 3) true
	// dense2/bias (3) true
}
