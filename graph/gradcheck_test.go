package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// checkGradient compares the gradient of every parameter with central differences of the loss.
//
// With a step of 1e-5 the truncation error is about 1e-10 and the rounding error about 1e-16·loss/1e-5, so that 1e-6 of
// the largest gradient in a parameter is a hundred times what is needed. At the kink of a ReLU differences mean nothing;
// the seeds keep pre-activations off it.
func checkGradient(t *testing.T, p *graph.Program, x, y *tensor.Dense) {
	t.Helper()
	run(t, p, x, y)
	grads := make(map[*graph.Binding][]float64)
	for _, w := range p.Weights {
		if w.Grad != nil {
			grads[w] = slices.Clone(w.Grad.Value().Data().([]float64))
		}
	}
	const h = 1e-5
	for _, w := range p.Weights {
		got, values := grads[w], w.Value.Float64s()
		scale := 1e-8
		for _, g := range got {
			scale = math.Max(scale, math.Abs(g))
		}
		for i := range got {
			keep := values[i]
			values[i] = keep + h
			run(t, p, x, y)
			up := p.LossValue()
			values[i] = keep - h
			run(t, p, x, y)
			down := p.LossValue()
			values[i] = keep
			if want := (up - down) / (2 * h); math.Abs(got[i]-want) > 1e-6*scale {
				t.Errorf("%s[%d]: gradient %g, differences give %g (largest %g)", w.Name, i, got[i], want, scale)
			}
		}
	}
}

// TestGradientOfModels checks whole models: every layer, activation and kind of block, in float64.
func TestGradientOfModels(t *testing.T) {
	net := func(a graph.Activation, n graph.Norm) graph.Model {
		return mlp.Model{Input: 5, Hidden: []int{7, 3}, Output: 4, Activation: a, Norm: n}
	}
	res := func(m resnet.Model) graph.Model {
		m.Input, m.Output = 5, 4
		if m.Widths == nil {
			m.Blocks, m.Width = 2, 6
		}
		return m
	}
	models := map[string]graph.Model{
		"relu":               net(graph.ReLU, graph.NoNorm),
		"leaky_relu":         net(graph.LeakyReLU(0.1), graph.NoNorm),
		"elu":                net(graph.ELU(1), graph.NoNorm),
		"selu":               net(graph.SELU, graph.NoNorm),
		"gelu":               net(graph.GELU, graph.NoNorm),
		"gelu_tanh":          net(graph.GELUTanh, graph.NoNorm),
		"silu":               net(graph.SiLU, graph.NoNorm),
		"sigmoid":            net(graph.Sigmoid, graph.NoNorm),
		"tanh":               net(graph.Tanh, graph.NoNorm),
		"erf":                net(graph.Erf, graph.NoNorm),
		"softsign":           net(graph.Softsign, graph.NoNorm),
		"softplus":           net(graph.Softplus, graph.NoNorm),
		"identity":           net(graph.Identity, graph.NoNorm),
		"batch norm":         net(graph.Tanh, graph.BN),
		"layer norm":         net(graph.Tanh, graph.LN),
		"softmax layer":      graph.Sequential{graph.Dense{Units: 4}, graph.Softmax{}},
		"residual":           res(resnet.Model{}),
		"residual tanh bn":   res(resnet.Model{Activation: graph.Tanh, Norm: graph.BN}),
		"residual ln":        res(resnet.Model{Norm: graph.LN}),
		"one-layer skips":    res(resnet.Model{Skip: 1}),
		"three-layer skips":  res(resnet.Model{Skip: 3}),
		"projections":        res(resnet.Model{Widths: []int{6, 3, 4}, Activation: graph.ELU(1)}),
		"pre-activation":     res(resnet.Model{PreActivation: true, Activation: graph.GELU}),
		"pre-activation bn":  res(resnet.Model{PreActivation: true, Activation: graph.SiLU, Norm: graph.BN}),
		"zero-init branches": res(resnet.Model{ZeroInit: true, Activation: graph.Tanh}),
		"skips removed":      res(resnet.Model{NoSkip: true}),
		"rezero":             res(resnet.Model{Start: resnet.ReZero, Norm: graph.LN, Activation: graph.Tanh}),
		"skipinit":           res(resnet.Model{Start: resnet.SkipInit, PreActivation: true, Activation: graph.GELU}),
		"fixup":              res(resnet.Model{Start: resnet.Fixup, Activation: graph.Tanh}),
		"fixup projections":  res(resnet.Model{Start: resnet.Fixup, Widths: []int{6, 3}, Skip: 3, Activation: graph.SiLU}),
	}
	for name, model := range models {
		t.Run(name, func(t *testing.T) {
			p := build(t, graph.Config{
				Model: model, Params: graph.NewParams(tensor.Float64, 3), Input: tensor.Shape{6, 5},
				Loss: graph.CrossEntropy{Probabilities: name == "softmax layer"},
			})
			if m, is := model.(resnet.Model); is && m.Start != resnet.DefaultStart {
				leaveStart(p)
			}
			checkGradient(t, p, randn(t, tensor.Float64, 5, 6, 5), classes(t, 6, 4, 7))
		})
	}
}

// leaveStart moves all parameters a little, so that no branch is zero and each parameter has a gradient.
func leaveStart(p *graph.Program) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, w := range p.Params.All() {
		for i := range w.Value.Float64s() {
			w.Value.Float64s()[i] += 0.3 * rng.NormFloat64()
		}
	}
}

// TestGradientOfLosses checks every loss after one model.
func TestGradientOfLosses(t *testing.T) {
	probabilities := graph.Sequential{graph.Dense{Units: 3}, graph.Sigmoid}
	soft := graph.Sequential{graph.Dense{Units: 3}, graph.Softmax{}}
	logits := graph.Dense{Units: 3}
	standardized := graph.Standardized{
		Model:   graph.Sequential{graph.Dense{Units: 4}, graph.Tanh, graph.Dense{Units: 3}},
		Inputs:  &graph.Standard{Mean: []float64{1, 2, 0, -3, 0}, Std: []float64{1, 2, 3, 0.5, 0}},
		Targets: &graph.Standard{Mean: []float64{5, 0, 100}, Std: []float64{2, 0.1, 30}},
	}
	oneHot, err := tensors.FromSlice(tensor.Float64, []float64{1, 0, 0, 0, 0.25, 0.75, 0, 1, 0, 0, 0, 1}, 4, 3)
	if err != nil {
		t.Fatal(err)
	}
	real := randn(t, tensor.Float64, 11, 4, 3)
	cases := []struct {
		model  graph.Model
		loss   graph.Loss
		target *tensor.Dense
	}{
		{logits, graph.CrossEntropy{}, classes(t, 4, 3, 1)},
		{logits, graph.CrossEntropy{Sum: true, Smoothing: 0.1}, classes(t, 4, 3, 1)},
		{logits, graph.CrossEntropy{Weights: []float64{1, 2, 0.5}, Smoothing: 0.1}, classes(t, 4, 3, 1)},
		{logits, graph.CrossEntropy{OneHot: true}, oneHot},
		{soft, graph.CrossEntropy{OneHot: true, Probabilities: true}, oneHot},
		{logits, graph.BCE{}, oneHot},
		{logits, graph.BCE{PositiveWeight: 3}, oneHot},
		{probabilities, graph.BCE{Probabilities: true, Sum: true}, oneHot},
		{logits, graph.MSE{}, real},
		{logits, graph.MSE{Sum: true}, real},
		{logits, graph.MAE{}, real},
		{logits, graph.Huber{}, real},
		{logits, graph.Huber{Delta: 0.5, Sum: true}, real},
		{standardized, graph.StandardizedLoss{Loss: graph.MSE{}}, real},
		{standardized, graph.StandardizedLoss{Loss: graph.Huber{Sum: true}}, real},
	}
	for _, c := range cases {
		t.Run(c.loss.String(), func(t *testing.T) {
			p := build(t, graph.Config{
				Model: c.model, Params: graph.NewParams(tensor.Float64, 3), Input: tensor.Shape{4, 5}, Loss: c.loss,
			})
			checkGradient(t, p, randn(t, tensor.Float64, 5, 4, 5), c.target)
		})
	}
}
