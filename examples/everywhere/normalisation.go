package main

import (
	"fmt"
	"io"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// normalisation normalises the numbers 1, 7, 9, 15: as four samples of one unit, and as one sample of four units.
func normalisation(w io.Writer, _ string) error {
	fmt.Fprintln(w, "\nz = 1, 7, 9, 15                normalised                      gradient of the first one")
	for _, n := range []struct {
		name string
		graph.Layer
		samples, units int
	}{
		{"BN, four samples of one unit", graph.BatchNorm{}, 4, 1},
		{"LN, one sample of four units", graph.LayerNorm{}, 1, 4},
	} {
		output, gradient, err := normalised(n.Layer, []float64{1, 7, 9, 15}, n.samples, n.units)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s  %6.2f  %7.3f\n", n.name, output, gradient)
	}
	return nil
}

// normalised is what a layer makes of numbers z (samples, units), and the gradient of the first output with respect to z. Here z are the
// weights of a layer that reads the identity matrix, so that the gradient with respect to z is that of the weights.
func normalised(layer graph.Layer, z []float64, samples, units int) (output, gradient []float64, err error) {
	params := graph.NewParams(tensor.Float64, 1)
	weight := map[string]*tensor.Dense{"dense1/weight": tensor.New(tensor.WithShape(samples, units), tensor.WithBacking(z))}
	if err := params.Assign(weight, graph.Assignment{Partial: true}); err != nil {
		return nil, nil, err
	}
	program, err := graph.Build(graph.Config{
		Model:  graph.Sequential{graph.Dense{Units: units, NoBias: true}, layer},
		Params: params, Input: tensor.Shape{samples, samples}, Loss: graph.MSE{Sum: true}, Mode: graph.Train,
	})
	if err != nil {
		return nil, nil, err
	}
	defer program.Close()
	identity := tensor.I(tensor.Float64, samples, samples, 0)
	target := tensor.New(tensor.WithShape(samples, units), tensor.Of(tensor.Float64))
	if err := program.Run(identity, target); err != nil {
		return nil, nil, err
	}
	output = slices.Clone(program.OutputValue().Float64s())
	copy(target.Float64s(), output)
	target.Float64s()[0] -= 0.5 // the gradient of the squared error is 2·(output - target): 1 for the first, 0 for the others
	if err := program.Run(identity, target); err != nil {
		return nil, nil, err
	}
	return output, slices.Clone(program.Weights[0].Grad.Value().Data().([]float64)), nil
}
