package graph_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// What must be true of gradients by algebra. All in float64; the tolerances are a few hundred roundings of the quantities
// compared.

func matrix(v gorgonia.Value) *mat.Dense {
	s := v.Shape()
	return mat.NewDense(s[0], s[1], v.Data().([]float64))
}

// inner is <w, dL/dw> of a parameter.
func inner(w *graph.Binding) float64 {
	sum := 0.0
	for i, g := range w.Grad.Value().Data().([]float64) {
		sum += g * w.Value.Float64s()[i]
	}
	return sum
}

// A deep linear network f(x) = x·W1···WL with L = sum (f-t)^2 has dL/dWl = (x·W1···Wl-1)ᵀ · 2(f-t) · (Wl+1···WL)ᵀ.
func TestDeepLinearGradientInClosedForm(t *testing.T) {
	model := mlp.Model{Input: 4, Hidden: []int{6, 5, 7, 3}, Output: 2, Activation: graph.Identity, NoBias: true}
	p := build(t, graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.MSE{Sum: true},
	})
	x, target := randn(t, tensor.Float64, 2, 5, 4), randn(t, tensor.Float64, 3, 5, 2)
	run(t, p, x, target)

	var g mat.Dense
	g.Sub(matrix(p.Output.Value()), matrix(target))
	g.Scale(2, &g)
	for l := len(p.Weights) - 1; l >= 0; l-- {
		before := matrix(x)
		for _, w := range p.Weights[:l] {
			var product mat.Dense
			product.Mul(before, matrix(w.Value))
			before = &product
		}
		var want mat.Dense
		want.Mul(before.T(), &g)
		if got := matrix(p.Weights[l].Grad.Value()); !mat.EqualApprox(got, &want, 1e-12*(1+mat.Norm(&want, 2))) {
			t.Errorf("layer %d: gradient %v, closed form %v", l+1, mat.Formatted(got), mat.Formatted(&want))
		}
		var back mat.Dense
		back.Mul(&g, matrix(p.Weights[l].Value).T())
		g = back
	}
}

// Softmax probabilities sum to 1 whatever the logits, so the gradients of the last bias and of each row of the last weight
// sum to 0 over the classes.
func TestCrossEntropyGradientSumsToZeroOverClasses(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6}, Output: 5},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{3, 4}, Loss: graph.CrossEntropy{},
	})
	run(t, p, randn(t, tensor.Float64, 2, 3, 4), classes(t, 3, 5, 3))
	for _, w := range p.Weights[2:] {
		for row := range slices.Chunk(w.Grad.Value().Data().([]float64), 5) {
			sum := 0.0
			for _, g := range row {
				sum += g
			}
			if math.Abs(sum) > 1e-15 {
				t.Errorf("the gradient %v of %s sums to %g, want 0", row, w.Name, sum)
			}
		}
	}
}

// A bias-free ReLU network is homogeneous of degree 1 in each weight, so <Wl, dL/dWl> is the same for all l (Euler).
func TestWeightTimesGradientIsEqualInAllReLULayers(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{9, 8, 7, 6}, Output: 5, NoBias: true},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{6, 4}, Loss: graph.CrossEntropy{},
	})
	run(t, p, randn(t, tensor.Float64, 2, 6, 4), classes(t, 6, 5, 3))
	first := inner(p.Weights[0])
	if math.Abs(first) < 1e-3 {
		t.Fatalf("<W1, dL/dW1> is %g: too small to compare with", first)
	}
	for _, w := range p.Weights[1:] {
		if got := inner(w); math.Abs(got-first) > 1e-13*(1+math.Abs(first)) {
			t.Errorf("<w, dL/dw> of %s is %g, of the first layer %g", w.Name, got, first)
		}
	}
}

// Batch normalisation does not see the scale of the weight before it, so the gradient has no part along the weight. It
// would be exactly 0 with Eps = 0; with 1e-5 the rest is of order Eps.
func TestWeightBeforeBatchNormHasNoGradientAlongItself(t *testing.T) {
	for _, eps := range []float64{1e-5, 1e-9} {
		model := graph.Sequential{graph.Dense{Units: 6}, graph.BatchNorm{Eps: eps}, graph.Tanh, graph.Dense{Units: 3}}
		p := build(t, graph.Config{
			Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{8, 4}, Loss: graph.CrossEntropy{},
		})
		run(t, p, randn(t, tensor.Float64, 2, 8, 4), classes(t, 8, 3, 3))
		w := p.Weights[0]
		if got := inner(w); math.Abs(got) > 10*eps {
			t.Errorf("<w, dL/dw> of %s is %g with Eps = %g", w.Name, got, eps)
		}
	}
}

// With branches that are zero a residual network passes the gradient unchanged, to the bit.
func TestZeroBranchesPassTheGradientUnchanged(t *testing.T) {
	p := build(t, graph.Config{
		Model:  resnet.Model{Input: 4, Blocks: 8, Width: 6, Output: 3, PreActivation: true, ZeroInit: true},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{}, KeepAll: true,
	})
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
	last := p.Blocks[len(p.Blocks)-1].Sum.Deriv().Value().Data().([]float64)
	if mat.Norm(mat.NewVecDense(len(last), last), 2) == 0 {
		t.Fatal("the gradient after the last block is zero")
	}
	for _, block := range p.Blocks {
		got := block.Sum.Deriv().Value().Data().([]float64)
		for i := range got {
			if got[i] != last[i] {
				t.Fatalf("%s: gradient[%d] is %g, after the last block %g", block.Path, i, got[i], last[i])
			}
		}
	}
}

// The same with post-activation blocks, where the stream is positive and relu'(a) = 1 wherever a > 0.
func TestZeroBranchesOfPostActivationBlocks(t *testing.T) {
	p := build(t, graph.Config{
		Model:  resnet.Model{Input: 4, Blocks: 8, Width: 6, Output: 3, ZeroInit: true},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{}, KeepAll: true,
	})
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
	last := p.Blocks[len(p.Blocks)-1].Sum.Deriv().Value().Data().([]float64)
	for _, block := range p.Blocks {
		got := block.Sum.Deriv().Value().Data().([]float64)
		for i := range got {
			if got[i] != last[i] {
				t.Fatalf("%s: gradient[%d] is %g, after the last block %g", block.Path, i, got[i], last[i])
			}
		}
	}
}

// A model and its plain twin have the same parameters with the same first values.
func TestTwinsShareParameters(t *testing.T) {
	model := resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3}
	plain := model
	plain.NoSkip = true
	a, b := graph.NewParams(tensor.Float64, 1), graph.NewParams(tensor.Float64, 1)
	build(t, graph.Config{Model: model, Params: a, Input: tensor.Shape{5, 4}})
	build(t, graph.Config{Model: plain, Params: b, Input: tensor.Shape{5, 4}})
	if len(a.All()) != len(b.All()) || len(a.All()) == 0 {
		t.Fatalf("%d and %d parameters", len(a.All()), len(b.All()))
	}
	for i, p := range a.All() {
		q := b.All()[i]
		if p.Name != q.Name || !p.Value.Eq(q.Value) {
			t.Errorf("%s differs from %s", p.Name, q.Name)
		}
	}
}
