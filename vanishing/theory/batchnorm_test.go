package theory

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

// chi is the factor by which the squared gradient grows, from layer to layer toward the input, in a deep plain network with batch
// normalisation between linear maps and activations, far from the top and in the limit of infinite width. A batch of 0 samples is
// an infinite one: E φ'²/Var φ at N(0, 1) (Yang et al. 2019).
func chi(phi Activation, batch int) float64 {
	b := float64(batch)
	if batch == 0 {
		b = math.Inf(1)
	}
	s := sphereMomentsOf(momentsOf(phi), b)
	return (s.d - (s.d-s.dot+s.same-s.other)/b) / (s.v - s.k) / (1 - 3/b)
}

func TestBatchNormAsTabulated(t *testing.T) {
	for _, row := range []string{
		"linear 1.0000000", "tanh 1.177807232", "erf 1.225700004", "sigmoid 1.033592390", "gelu 1.318844971",
		"silu 1.212081115", "elu 1.079013455", "selu 1.071574992", "softplus 1.080528053", "softsign 1.244010371",
		"leaky_relu 1.453370761", "relu 1.466942207",
	} {
		f := strings.Fields(row)
		asPrinted(t, row, chi(activation(t, f[0]), 0), f[1])
	}
	for _, row := range []string{
		"8 1.200000 1.788190", "16 1.076923 1.589950", "32 1.034483 1.521953", "64 1.016393 1.493063",
		"128 1.008000 1.479681", "256 1.003953 1.473234",
	} {
		f := strings.Fields(row)
		var batch int
		fmt.Sscan(f[0], &batch)
		asPrinted(t, "linear at "+f[0], chi(linear, batch), f[1])
		asPrinted(t, "relu at "+f[0], chi(graph.ReLU, batch), f[2])
	}
}

// The integrals over the sphere have a closed form for linear maps and ReLU.
func TestFiniteBatchClosedForm(t *testing.T) {
	for _, b := range []float64{5, 8, 33, 1000, 1e5} {
		c := -1 / (b - 1)
		half, both := arcForward(c)/2, arcBackward(c)/2
		want := b / ((b - 1) * (b - 3) * (0.5 - half)) *
			((b/2)*(1-1/b)*(1-1/b) + (b-1)*both/b - (b/2-0.5-(b-1)*half)/b)
		closeTo(t, fmt.Sprint("relu at ", b), chi(graph.ReLU, int(b)), want, 1e-10)
		closeTo(t, fmt.Sprint("linear at ", b), chi(linear, int(b)), (b-2)/(b-3), 1e-10)
	}
}

// A slope a < 1 below zero: ((1+a²)/2)/((1+a²)/2 - (1-a)²/2π) in an infinite batch.
func TestBatchNormOfLeakyReLU(t *testing.T) {
	for _, a := range []float64{-1, 0, 0.01, 0.5} {
		d := (1 + a*a) / 2
		closeTo(t, "leaky", chi(graph.LeakyReLU(a), 0), d/(d-(1-a)*(1-a)/(2*math.Pi)), 1e-12)
	}
}

// The larger the batch the nearer the infinite one, like 1/B, for all activations; and never below 1.
func TestBatchNormOfLargeBatches(t *testing.T) {
	for _, a := range []Activation{graph.Tanh, graph.Sigmoid, graph.GELU, graph.SELU, graph.Softsign, hardTanh} {
		limit := chi(a, 0)
		at := func(batch int) float64 { return (chi(a, batch) - limit) * float64(batch) }
		if first, second := at(2000), at(4000); math.Abs(first/second-1) > 0.01 {
			t.Errorf("%v: B(chi_B - chi) is %g at 2000 and %g at 4000", a, first, second)
		}
		if limit < 1 {
			t.Errorf("%v: chi is %g, below 1", a, limit)
		}
	}
}

// Far from the top the whole prediction falls into the factor chi_B per layer, whatever the weights' variance.
func TestPredictionWithBatchNorm(t *testing.T) {
	for _, phi := range []Activation{graph.ReLU, linear, graph.Tanh} {
		for _, batch := range []int{0, 8, 64} {
			net := Plain(12, 5000, phi, 3.7, 0) // wide enough to be predicted
			for i := range net.Layers {
				net.Layers[i].Norm = BatchNorm
			}
			net.Batch = batch
			closeTo(t, fmt.Sprint(phi, " at ", batch), predict(t, net).Layers[3].Chi, chi(phi, batch), 1e-9)
		}
	}
}
