package theory

import (
	"fmt"
	"math"
	"testing"

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
		weight, bias := weightGradients(net, gram(1.5, cosine), gram(40, topCosine)) // ‖δ_b‖² = 40 units of mean square 1
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
	m := momentsOf(graph.GELU)
	for i, l := range p.Layers {
		a := 1.0
		if i > 0 {
			a = m.V(p.Layers[i-1].Q)
		}
		near(t, "weight", l.LogWeightGrad, l.LogDelta+math.Log(30*30*a), 1e-12)
		near(t, "bias", l.LogBiasGrad, l.LogDelta+math.Log(30), 1e-12)
	}
}

// weightGradients gives E‖dL/dW‖² and E‖dL/db‖² for each layer of a plain network without normalisation, for a batch whose
// samples are given one by one: input are their mean products x_b·x_b'/features, and top the inner products δ_b·δ_b' of the
// gradients at the last layer, of the loss as it is differentiated (so with 1/B if it is a mean). Nothing is averaged over the
// batch, as Predict does. It rests on
//
//	‖dW‖² = Σ_bb' (δ_b·δ_b')(a_b·a_b'),
//
// which is exact, and on E φφ and E φ'φ' for each pair of samples. The fields of Net that describe the
// input are not used.
func weightGradients(net Net, input, top [][]float64) (weight, bias []float64) {
	p := &pass{net: net, known: make(map[key]*knowledge)}
	signals, dots := p.grams(input)
	gradient := top
	weight, bias = make([]float64, len(net.Layers)), make([]float64, len(net.Layers))
	for i := len(net.Layers) - 1; i >= 0; i-- {
		l := net.Layers[i]
		for b, row := range gradient {
			for c, v := range row {
				weight[i] += v * signals[i][b][c] * float64(l.In)
				bias[i] += v
			}
		}
		if i > 0 {
			gradient = each(gradient, func(b, c int) float64 {
				return gradient[b][c] * dots[i-1][b][c] * float64(l.In) * l.WeightVar
			})
		}
	}
	return weight, bias
}

// grams gives, for each layer, the mean products of its inputs, and E φ'φ' behind it.
func (p *pass) grams(input [][]float64) (signals, dots [][][]float64) {
	x := input
	for _, l := range p.net.Layers {
		signals = append(signals, x)
		z := each(x, func(b, c int) float64 { return float64(l.In)*l.WeightVar*x[b][c] + l.BiasVar })
		if l.Activation == nil {
			x, dots = z, append(dots, each(z, func(int, int) float64 { return 1 }))
			continue
		}
		pair := p.pairs(p.of(l.Activation).moments, z)
		dot := each(z, func(b, c int) float64 { _, dot := pair(b, c); return dot })
		x, dots = each(z, func(b, c int) float64 { k, _ := pair(b, c); return k }), append(dots, dot)
	}
	return signals, dots
}

// pairs gives E φφ and E φ'φ' of two samples: in closed form, or from each sample's Hermite polynomials.
func (p *pass) pairs(m moments, z [][]float64) func(b, c int) (k, dot float64) {
	if m.form.k != nil {
		return func(b, c int) (float64, float64) {
			return m.K(z[b][b], z[c][c], z[b][c]), m.KDot(z[b][b], z[c][c], z[b][c])
		}
	}
	duals := make([]dual, len(z))
	for b := range z {
		duals[b] = m.dual(z[b][b])
	}
	return func(b, c int) (float64, float64) {
		return duals[b].cross(duals[c], clip(z[b][c]/math.Sqrt(z[b][b]*z[c][c])))
	}
}

// each makes a matrix of the size of m.
func each(m [][]float64, f func(b, c int) float64) [][]float64 {
	to := make([][]float64, len(m))
	for b := range m {
		to[b] = make([]float64, len(m))
		for c := range m {
			to[b][c] = f(b, c)
		}
	}
	return to
}
