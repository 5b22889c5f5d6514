package vanishing

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// gaussianMean computes E f(z) for z ~ N(0, 1) by the trapezoidal rule, which is exact up to rounding for such smooth functions.
func gaussianMean(f func(z float64) float64) float64 {
	const step = 1.0 / 64
	sum := 0.0
	for z := -10.0; z <= 10; z += step {
		sum += f(z) * math.Exp(-z*z/2)
	}
	return sum * step / math.Sqrt(2*math.Pi)
}

// predictSigmoid is mean-field theory (Schoenholz et al. 2017, eq. 3 and 9) for a sigmoid network of equally wide layers with
// weights of variance 1/width, no biases and inputs of mean square 1. It returns the expected ln of ||delta 1||^2 / ||delta L||^2
// for infinite width, and beta, the sum of kappa/width over the layers. At finite width the logarithm has about the variance beta,
// and its mean is lower by beta/2 (Hanin & Nica 2020).
func predictSigmoid(depth, width int) (logRatio, beta float64) {
	q := 1.0
	for range depth - 1 {
		z := func(g float64) float64 { return math.Sqrt(q) * g }
		squared := gaussianMean(func(g float64) float64 { return math.Pow(graph.Sigmoid.Derivative(z(g)), 2) })
		fourth := gaussianMean(func(g float64) float64 { return math.Pow(graph.Sigmoid.Derivative(z(g)), 4) })
		logRatio += math.Log(squared)
		beta += (3*fourth/(squared*squared) - 1) / float64(width)
		q = gaussianMean(func(g float64) float64 { return math.Pow(graph.Sigmoid.Eval(z(g)), 2) })
	}
	return logRatio, beta
}

// The measured decrease of the gradient agrees with the prediction, a factor 6e-19 over 30 layers. The tolerance is 3.6 standard
// errors of the mean over the networks, of variance beta each, plus 15% of the finite-width correction, which is the first term of
// an expansion.
func TestSigmoidVanishesAsMeanFieldTheoryPredicts(t *testing.T) {
	const depth, width = 30, 100
	predicted, beta := predictSigmoid(depth, width)
	if ratio := math.Exp(predicted / 2); math.Abs(ratio-5.9e-19) > 0.1e-19 {
		t.Errorf("the theory gives a ratio of %g, known to be 5.9e-19", ratio)
	}
	model := mlp.Model{Input: width, Depth: depth, Width: width, Output: 10, Activation: graph.Sigmoid, Init: initializer.XavierNormal{}}
	mean, n := 0.0, float64(seeds())
	for seed := range uint64(seeds()) {
		x, y := randomBatch(t, seed, 64, width, 10)
		d := Diagnose(observe(t, build(t, model, graph.CrossEntropy{}, seed, 64, width), x, y))
		mean += 2 * math.Log(d.Ratio) / n
	}
	want, tolerance := predicted-beta/2, 3.6*math.Sqrt(beta/n)+0.15*beta/2+0.02
	if math.Abs(mean-want) > tolerance {
		t.Errorf("ln of the squared ratio is %.2f on average, predicted %.2f ± %.2f", mean, want, tolerance)
	}
	t.Logf("measured %.2f, predicted %.2f ± %.2f", mean, want, tolerance)
}
