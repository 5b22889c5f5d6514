package main

import (
	"fmt"
	"io"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// layer computes z = x·w + b and relu(z) for two samples of three features.
func layer(w io.Writer) error {
	program, err := graph.Build(graph.Config{
		Model:  graph.Sequential{graph.Dense{Units: 2}, graph.ReLU},
		Params: graph.NewParams(tensor.Float32, 1),
		Input:  tensor.Shape{2, 3},
		Mode:   graph.Eval,
	})
	if err != nil {
		return err
	}
	defer program.Close()

	// The layer has drawn random weights. Replace them by simple ones, to check the result by hand.
	copy(program.Params.Get("dense1/weight").Value.Float32s(), []float32{1, 0, 0, 1, 1, -1}) // (3, 2), row by row
	copy(program.Params.Get("dense1/bias").Value.Float32s(), []float32{10, 0})

	x, err := tensors.FromSlice(tensor.Float32, [][]float64{{1, 2, 3}, {4, 6, 5}})
	if err != nil {
		return err
	}
	program.Tap(program.Layers[0].Linear, func(z gorgonia.Value) {
		fmt.Fprintf(w, "\nz = x·w + b\n%v", z)
	})
	if err := program.Run(x, nil); err != nil {
		return err
	}
	fmt.Fprintf(w, "relu(z)\n%v", program.OutputValue())
	return nil
}
