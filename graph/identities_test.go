package graph_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// More of what must be true of gradients by algebra, beside truths_test.go: here of networks of linear maps.

// roundings are a few hundred of float64, relative to the numbers that are rounded.
const roundings = 500 * 0x1p-53

// agree compares two lists of numbers that are made in different ways: they may differ by some roundings of the largest.
func agree(t *testing.T, what string, got, want []float64) {
	t.Helper()
	size := 0.0
	for _, v := range slices.Concat(got, want) {
		size = max(size, math.Abs(v))
	}
	if size == 0 || len(got) != len(want) {
		t.Fatalf("%s: %v and %v say nothing", what, got, want)
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= roundings*size) {
			t.Errorf("%s: element %d is %.17g, want %.17g", what, i, got[i], want[i])
		}
	}
}

// agreeScalar compares two numbers.
func agreeScalar(t *testing.T, what string, got, want float64) {
	t.Helper()
	agree(t, what, []float64{got}, []float64{want})
}

// kept draws a model on a batch of samples of 4 features, with all its values.
func kept(t *testing.T, model graph.Model, loss graph.Loss, batch int) *graph.Program {
	t.Helper()
	return build(t, graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch, 4}, Loss: loss, KeepAll: true,
	})
}

// factors are the two that the gradient of layer l of a perceptron is the product of, dW = aᵀ·δ: what the layer reads, and
// the gradient of its pre-activation.
func factors(p *graph.Program, l int) (a, delta *mat.Dense) {
	a = matrix(p.InputValue())
	if l > 0 {
		a = matrix(p.Layers[l-1].Act.Value())
	}
	return a, matrix(p.Layers[l].Pre.Deriv().Value())
}

func product(a, b mat.Matrix) *mat.Dense {
	var c mat.Dense
	c.Mul(a, b)
	return &c
}

// singular gives the singular values, the largest first.
func singular(t *testing.T, m mat.Matrix) []float64 {
	t.Helper()
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDNone) {
		t.Fatal("no singular values")
	}
	return svd.Values(nil)
}

// The gradient of one sample is the outer product aᵀ·δ: of rank 1, and as large as |a|·|δ|.
func TestGradientOfOneSampleIsAnOuterProduct(t *testing.T) {
	p := kept(t, mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh}, graph.CrossEntropy{}, 1)
	run(t, p, randn(t, tensor.Float64, 2, 1, 4), classes(t, 1, 3, 3))
	for l, layer := range p.Layers {
		a, delta := factors(p, l)
		dw := matrix(p.Weights[2*l].Grad.Value())
		agreeScalar(t, layer.Path+": norm", mat.Norm(dw, 2), mat.Norm(a, 2)*mat.Norm(delta, 2))
		values := singular(t, dw)
		only := make([]float64, len(values))
		only[0] = mat.Norm(dw, 2)
		agree(t, layer.Path+": singular values", values, only)
	}
}

// The squared gradient of a batch is a sum over pairs of samples: |dW|² = Σ (δb·δc)(ab·ac) over b and c.
func TestSquaredGradientIsASumOverPairsOfSamples(t *testing.T) {
	p := kept(t, mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh}, graph.CrossEntropy{}, 7)
	run(t, p, randn(t, tensor.Float64, 2, 7, 4), classes(t, 7, 3, 3))
	for l, layer := range p.Layers {
		a, delta := factors(p, l)
		var pairs mat.Dense
		pairs.MulElem(product(a, a.T()), product(delta, delta.T()))
		norm := mat.Norm(matrix(p.Weights[2*l].Grad.Value()), 2)
		agreeScalar(t, layer.Path, norm*norm, mat.Sum(&pairs))
	}
}

// Neighbours in a linear network without bias are balanced: W[l]ᵀ·dW[l] = dW[l+1]·W[l+1]ᵀ.
func TestNeighboursInALinearNetworkAreBalanced(t *testing.T) {
	model := mlp.Model{Input: 4, Hidden: []int{6, 5, 7}, Output: 3, Activation: graph.Identity, NoBias: true}
	p := kept(t, model, graph.CrossEntropy{}, 5)
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
	for l, upper := range p.Weights[1:] {
		lower := p.Weights[l]
		below := product(matrix(lower.Value).T(), matrix(lower.Grad.Value()))
		above := product(matrix(upper.Grad.Value()), matrix(upper.Value).T())
		agree(t, upper.Name, above.RawMatrix().Data, below.RawMatrix().Data)
	}
}

// A chain of orthogonal matrices is orthogonal, and turns the gradient without making it smaller or larger.
func TestOrthogonalChainKeepsTheGradient(t *testing.T) {
	model := mlp.Model{
		Input: 4, Depth: 20, Width: 6, Output: 6, Activation: graph.Identity, NoBias: true, Init: initializer.Orthogonal{},
	}
	p := kept(t, model, graph.CrossEntropy{}, 5)
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 6, 3))
	chain := mat.NewDense(6, 6, nil)
	chain.Copy(matrix(p.Weights[1].Value))
	for _, w := range p.Weights[2:] {
		chain = product(chain, matrix(w.Value))
	}
	agree(t, "singular values of the chain", singular(t, chain), slices.Repeat([]float64{1}, 6))
	for l, layer := range p.Layers {
		_, delta := factors(p, l)
		agreeScalar(t, layer.Path, mat.Norm(delta, 2), mat.Norm(matrix(p.Output.Deriv().Value()), 2))
	}
}
