package theory

import (
	"fmt"
	"math"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// Of equal pairs of samples the full recursion is the averaged one. The Hermite polynomials are good to 1e-7.
func TestWeightGradientsOfEqualPairs(t *testing.T) {
	const batch, cosine, topCosine = 5, 0.3, 0.2
	for _, phi := range []Activation{graph.Tanh, graph.ReLU, graph.Sigmoid, graph.SELU} {
		net := Plain(8, 40, phi, 1.7, 0.1)
		net.Batch, net.MeanSquare, net.Cosine, net.TopCosine = batch, 1.5, cosine, topCosine
		p := predict(t, net)
		gram := func(size, cosine float64) [][]float64 {
			return each(make([][]float64, batch), func(b, c int) float64 {
				if b == c {
					return size
				}
				return size * cosine
			})
		}
		weight, bias, err := WeightGradients(net, gram(1.5, cosine), gram(40, topCosine)) // ‖δ_b‖² = 40 units of mean square 1
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range p.Layers {
			closeTo(t, fmt.Sprint(phi, ", weight of layer ", i+1), weight[i], math.Exp(l.LogWeightGrad), 1e-6)
			closeTo(t, fmt.Sprint(phi, ", bias of layer ", i+1), bias[i], math.Exp(l.LogBiasGrad), 1e-6)
		}
	}
}

// One sample: ‖dW‖² = ‖δ‖²·‖a‖², and ‖db‖² = ‖δ‖².
func TestWeightGradientOfOneSample(t *testing.T) {
	net := Plain(6, 30, graph.GELU, 2, 0)
	p := predict(t, net)
	m := MomentsOf(graph.GELU)
	for i, l := range p.Layers {
		a := 1.0
		if i > 0 {
			a = m.V(p.Layers[i-1].Q)
		}
		near(t, "weight", l.LogWeightGrad, l.LogDelta+math.Log(30*30*a), 1e-12)
		near(t, "bias", l.LogBiasGrad, l.LogDelta+math.Log(30), 1e-12)
	}
}

func TestWeightGradientsOfOthers(t *testing.T) {
	net := Plain(3, 10, ReLU, 2, 0)
	one := [][]float64{{1}}
	if _, _, err := WeightGradients(net, one, [][]float64{{1, 2}, {2, 1}}); err == nil {
		t.Error("no error for Gram matrices of two sizes")
	}
	net.Layers[1].Norm = LayerNorm
	if _, _, err := WeightGradients(net, one, one); errors.Cause(err) != ErrNoTheory {
		t.Errorf("error %v, want ErrNoTheory", err)
	}
}
