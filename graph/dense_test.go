package graph_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// PyTorch's numbers for the operation are checked in package op; here is the layer: shapes, bias, initialisers.

func TestDenseIsAnAffineMap(t *testing.T) {
	for name, d := range map[string]graph.Dense{
		"with bias": {Units: 3, BiasInit: initializer.Normal{Std: 1}}, "without": {Units: 3, NoBias: true}, "one unit": {Units: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := build(t, graph.Config{Model: d, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}})
			x := randn(t, tensor.Float64, 2, 5, 4)
			run(t, p, x, nil)
			var want mat.Dense
			want.Mul(matrix(x), matrix(p.Weights[0].Value))
			if !d.NoBias {
				bias := p.Weights[1].Value.Float64s()
				want.Apply(func(_, j int, z float64) float64 { return z + bias[j] }, &want)
			}
			// Sums of five products of numbers near 1, whose rounding is 1e-16 each.
			if got := matrix(p.OutputValue()); !mat.EqualApprox(got, &want, 1e-14) {
				t.Errorf("output %v, want %v", mat.Formatted(got), mat.Formatted(&want))
			}
		})
	}
}

func TestDenseGradient(t *testing.T) {
	for name, model := range map[string]graph.Model{
		"with bias": graph.Sequential{graph.Dense{Units: 6}, graph.Tanh, graph.Dense{Units: 1}},
		"without":   graph.Sequential{graph.Dense{Units: 6, NoBias: true}, graph.Tanh, graph.Dense{Units: 1, NoBias: true}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, batch := range []int{1, 5} {
				p := build(t, graph.Config{
					Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch, 4}, Loss: graph.MSE{},
				})
				checkGradient(t, p, randn(t, tensor.Float64, 2, batch, 4), randn(t, tensor.Float64, 3, batch, 1))
			}
		})
	}
}

func TestDenseParameters(t *testing.T) {
	params := drawParams(t, graph.Dense{Units: 3}, tensor.Float64, 1)
	w, b := params.Get("dense1/weight"), params.Get("dense1/bias")
	if w.Init != (initializer.XavierUniform{}) || b.Init != (initializer.Constant{}) {
		t.Errorf("the weight is drawn by %v and the bias by %v", w.Init, b.Init)
	}
	params = drawParams(t, graph.Dense{Units: 3, Init: initializer.HeNormal{}, BiasInit: initializer.Constant{Value: 0.1}}, tensor.Float64, 1)
	w, b = params.Get("dense1/weight"), params.Get("dense1/bias")
	if w.Init != (initializer.HeNormal{}) || b.Value.Float64s()[2] != 0.1 {
		t.Errorf("the weight is drawn by %v, the bias is %v", w.Init, b.Value)
	}
	if drawParams(t, graph.Dense{Units: 3, NoBias: true}, tensor.Float64, 1).Get("dense1/bias") != nil {
		t.Error("with NoBias there is a bias")
	}
}

func TestDenseErrors(t *testing.T) {
	for name, c := range map[string]struct {
		model graph.Model
		input tensor.Shape
		words []string
	}{
		"no units":       {graph.Dense{}, tensor.Shape{2, 4}, []string{"layer dense1", "got Units 0", "positive"}},
		"negative units": {graph.Named("head", graph.Dense{Units: -3}), tensor.Shape{2, 4}, []string{"layer head/dense1", "got Units -3"}},
		"images":         {graph.Dense{Units: 3}, tensor.Shape{2, 28, 28}, []string{"layer dense1", "(2, 28, 28)", "(batch, features)", "Flatten"}},
		"one sample":     {graph.Dense{Units: 3}, tensor.Shape{4}, []string{"layer dense1", "(4)", "(batch, features)"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float64, 1), Input: c.input})
			wantError(t, err, c.words...)
		})
	}
}

func TestDenseString(t *testing.T) {
	if got := (graph.Dense{Units: 7}).String(); got != "Dense(7)" {
		t.Errorf("got %s", got)
	}
}
