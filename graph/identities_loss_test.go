package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// What is true of the gradient that losses send into a network. What they do alone is tested in graph/op.

// bits draws targets of 0 and 1.
func bits(t *testing.T, seed uint64, shape ...int) *tensor.Dense {
	t.Helper()
	y := randn(t, tensor.Float64, seed, shape...)
	for i, v := range y.Float64s() {
		y.Float64s()[i] = 0
		if v > 0 {
			y.Float64s()[i] = 1
		}
	}
	return y
}

// zeroHead is a network whose output layer is zero.
func zeroHead(outputs int) graph.Model {
	return graph.Sequential{graph.Dense{Units: 6}, graph.Tanh, graph.Dense{Units: outputs, Init: initializer.Constant{}}}
}

// A number added to all logits does not change the softmax: neither loss nor gradient changes.
func TestCrossEntropyDoesNotSeeAShiftOfTheLogits(t *testing.T) {
	model := mlp.Model{Input: 4, Hidden: []int{6}, Output: 5, Activation: graph.Tanh}
	p, shifted := kept(t, model, graph.CrossEntropy{}, 3), kept(t, model, graph.CrossEntropy{}, 3)
	bias := shifted.Weights[3].Value.Float64s()
	for i := range bias {
		bias[i] += 7
	}
	x, y := randn(t, tensor.Float64, 2, 3, 4), classes(t, 3, 5, 3)
	run(t, p, x, y)
	run(t, shifted, x, y)
	agreeScalar(t, "loss", shifted.LossValue(), p.LossValue())
	for i, w := range shifted.Weights {
		agree(t, w.Name, floats(w.Grad.Value()), floats(p.Weights[i].Grad.Value()))
	}
}

// A head of zeros takes all K classes for equally likely: the loss is ln K, and the squared gradient of the logits
// (1 - 1/K)/B² for each of B samples.
func TestZeroHeadOfCrossEntropy(t *testing.T) {
	const samples = 3
	for _, k := range []int{2, 5, 10} {
		p := kept(t, zeroHead(k), graph.CrossEntropy{}, samples)
		run(t, p, randn(t, tensor.Float64, 2, samples, 4), classes(t, samples, k, 3))
		agreeScalar(t, fmt.Sprint("loss of ", k), p.LossValue(), math.Log(float64(k)))
		dz := matrix(p.Output.Deriv().Value())
		for i := range samples {
			norm := mat.Norm(dz.RowView(i), 2)
			agreeScalar(t, fmt.Sprint("gradient of ", k), norm*norm, (1-1/float64(k))/(samples*samples))
		}
	}
}

// A head of zeros has p = 1/2 everywhere: the loss is ln 2, and the gradient of each of n logits 1/2 or -1/2, over n.
func TestZeroHeadOfBCE(t *testing.T) {
	const n = 3 * 2
	p := kept(t, zeroHead(2), graph.BCE{}, 3)
	y := bits(t, 3, 3, 2)
	run(t, p, randn(t, tensor.Float64, 2, 3, 4), y)
	agreeScalar(t, "loss", p.LossValue(), math.Ln2)
	want := slices.Clone(y.Float64s())
	for i := range want {
		want[i] = (0.5 - want[i]) / n
	}
	agree(t, "gradient", floats(p.Output.Deriv().Value()), want)
}

// With p = sigmoid(z) the gradient of the binary cross-entropy by the n logits is (p - y)/n.
func TestBCEGradientIsProbabilityMinusTarget(t *testing.T) {
	p := kept(t, mlp.Model{Input: 4, Hidden: []int{6}, Output: 2, Activation: graph.Tanh}, graph.BCE{}, 5)
	y := bits(t, 3, 5, 2)
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), y)
	want := make([]float64, 5*2)
	for i, z := range floats(p.Output.Value()) {
		want[i] = (1/(1+math.Exp(-z)) - y.Float64s()[i]) / (5 * 2)
	}
	agree(t, "gradient", floats(p.Output.Deriv().Value()), want)
}
