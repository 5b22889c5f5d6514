package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// inputGradient is of the last activation but one of a small network with a batch normalisation, in evaluation mode.
func inputGradient(t *testing.T) (*graph.Program, *graph.InputGradient) {
	t.Helper()
	p := build(t, graph.Config{
		Model: graph.Sequential{
			graph.Conv2D{Channels: 3, Kernel: 3, Padding: 1}, graph.BatchNorm{}, graph.Tanh,
			graph.Residual{Branch: graph.Sequential{graph.Conv2D{Channels: 3, Kernel: 3, Padding: 1}, graph.Tanh}}, graph.GlobalAvgPool{}, graph.Dense{Units: 2},
		},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 1, 4, 4}, Mode: graph.Eval,
	})
	g, err := p.InputGradient(p.Layers[1].Act)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return p, g
}

// The gradient equals central differences. With a step of 1e-5 their error is about 1e-10.
func TestInputGradientAgainstDifferences(t *testing.T) {
	_, g := inputGradient(t)
	x, weights := randn(t, tensor.Float64, 1, 2, 1, 4, 4), randn(t, tensor.Float64, 2, 2, 3, 4, 4)
	sum := func() (total float64) {
		if err := g.Run(x, weights); err != nil {
			t.Fatal(err)
		}
		for i, v := range g.Value().Float64s() {
			total += v * weights.Float64s()[i]
		}
		return total
	}
	sum()
	got := g.Gradient().Clone().(*tensor.Dense)
	if !got.Shape().Eq(x.Shape()) {
		t.Fatalf("got a gradient of shape %v, want %v", got.Shape(), x.Shape())
	}
	const h = 1e-5
	for i, keep := range x.Float64s() {
		x.Float64s()[i] = keep + h
		up := sum()
		x.Float64s()[i] = keep - h
		down := sum()
		x.Float64s()[i] = keep
		if want := (up - down) / (2 * h); math.Abs(got.Float64s()[i]-want) > 1e-8 {
			t.Errorf("element %d: got %g, differences give %g", i, got.Float64s()[i], want)
		}
	}
}

// The gradient follows the parameters, and the program goes on as before.
func TestInputGradientSharesParameters(t *testing.T) {
	p, g := inputGradient(t)
	x, weights := randn(t, tensor.Float64, 1, 2, 1, 4, 4), randn(t, tensor.Float64, 2, 2, 3, 4, 4)
	run(t, p, x, nil)
	before := p.OutputValue().Clone().(*tensor.Dense)
	if err := g.Run(x, weights); err != nil {
		t.Fatal(err)
	}
	first := g.Gradient().Float64s()[0]
	run(t, p, x, nil)
	if !p.OutputValue().Eq(before) {
		t.Error("the program gives another output")
	}
	w := p.Weights[0].Value.Float64s()
	for i := range w {
		w[i] *= 2
	}
	if err := g.Run(x, weights); err != nil {
		t.Fatal(err)
	}
	if g.Gradient().Float64s()[0] == first {
		t.Error("the gradient does not follow the parameters")
	}
}

func TestInputGradientRefuses(t *testing.T) {
	p, g := inputGradient(t)
	wantError(t, g.Run(nil, nil), "got none", "shape (2, 1, 4, 4) of float64")
	trained := build(t, graph.Config{Model: graph.Dense{Units: 2}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3}, Loss: graph.MSE{}})
	_, err := trained.InputGradient(trained.Output)
	wantError(t, err, "train mode", "want Eval mode")
	_, err = p.InputGradient(p.Output)
	wantError(t, err, "the program has one already")
	p = build(t, graph.Config{Model: graph.Dense{Units: 2}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3}, Mode: graph.Eval})
	_, err = p.InputGradient(trained.Output)
	wantError(t, err, "not in the program's graph")
	_, err = p.InputGradient(p.Weights[0].Node)
	wantError(t, err, "does not depend on the input")
}
