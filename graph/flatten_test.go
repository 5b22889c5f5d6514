package graph_test

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// Flatten changes the shape and keeps the numbers in order.
func TestFlatten(t *testing.T) {
	for _, c := range []struct{ input, want tensor.Shape }{
		{tensor.Shape{2, 12}, tensor.Shape{2, 12}},
		{tensor.Shape{2, 3, 4}, tensor.Shape{2, 12}},
		{tensor.Shape{2, 3, 2, 2}, tensor.Shape{2, 12}},
		{tensor.Shape{1, 3, 2}, tensor.Shape{1, 6}},
		{tensor.Shape{5, 1, 1}, tensor.Shape{5, 1}},
	} {
		p := build(t, graph.Config{Model: graph.Flatten{}, Params: graph.NewParams(tensor.Float64, 1), Input: c.input})
		x := randn(t, tensor.Float64, 1, c.input...)
		run(t, p, x, nil)
		if got := p.OutputValue(); !slices.Equal(got.Shape(), c.want) || !slices.Equal(got.Float64s(), x.Float64s()) {
			t.Errorf("%v: got %v of shape %v, want the same numbers of shape %v", c.input, got.Data(), got.Shape(), c.want)
		}
	}
}

// The gradient goes through to a layer before it, here a normalisation of the last axis.
func TestFlattenGradient(t *testing.T) {
	for _, input := range []tensor.Shape{{3, 2, 4}, {3, 2, 2, 3}, {1, 2, 4}} {
		p := build(t, graph.Config{
			Model:  graph.Sequential{graph.LayerNorm{}, graph.Flatten{}, graph.Dense{Units: 2}},
			Params: graph.NewParams(tensor.Float64, 1), Input: input, Loss: graph.MSE{},
		})
		checkGradient(t, p, randn(t, tensor.Float64, 2, input...), randn(t, tensor.Float64, 3, input[0], 2))
	}
}

func TestFlattenError(t *testing.T) {
	_, err := graph.Build(graph.Config{Model: graph.Flatten{}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4}})
	wantError(t, err, "layer flatten1", "(4)", "(batch, ...)")
}
