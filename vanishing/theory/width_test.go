package theory

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestStepsAsTabulated(t *testing.T) {
	for _, row := range []string{
		"16 -0.1763973244 0.4195933941 -0.06380006372 0.1331370147",
		"32 -0.0825402081 0.1774977872 -0.03157539391 0.0644937834",
		"64 -0.04010859884 0.08299735056 -0.01570637226 0.03174336652",
		"128 -0.01978640188 0.0402339926 -0.007832844555 0.01574770606",
		"256 -0.009828659364 0.01981870891 -0.003911336232 0.00784309705",
		"512 -0.004898479353 0.009836836037 -0.001954396564 0.003913889329",
	} {
		f := strings.Fields(row)
		var n int
		fmt.Sscan(f[0], &n)
		mean, variance := reluStep(n)
		asPrinted(t, "mean of relu at "+f[0], mean, f[1])
		asPrinted(t, "variance of relu at "+f[0], variance, f[2])
		mean, variance = linearStep(n)
		asPrinted(t, "mean of linear at "+f[0], mean, f[3])
		asPrinted(t, "variance of linear at "+f[0], variance, f[4])
	}
}

// The prediction's Beta is the first order of it: kappa/n, of which the mean is half.
func TestBetaIsTheFirstOrder(t *testing.T) {
	for _, n := range []int{256, 1024} {
		width := float64(n)
		mean, variance := reluStep(n)
		closeTo(t, "relu mean", mean, -5/(2*width), 20/width)
		closeTo(t, "relu variance", variance, 5/width, 20/width)
		mean, variance = linearStep(n)
		closeTo(t, "linear mean", mean, -1/width, 2/width)
		closeTo(t, "linear variance", variance, 2/width, 2/width)
	}
	for phi, want := range map[string]float64{"relu": 5, "linear": 2} {
		p := predict(t, Plain(11, 64, activation(t, phi), 2, 0))
		near(t, "beta of "+phi, p.Layers[0].Beta, want*10/64, 1e-12)
		near(t, "mean", p.Layers[0].MeanLogDelta(), p.Layers[0].LogDelta-want*5/64, 1e-12)
		near(t, "sd", p.Layers[0].SD(), math.Sqrt(want*10/64), 1e-12)
	}
}

// Measured over 400 seeds at width 64 and 60 at width 256, and what theory says, for 20
// layers with an input of mean square 1.
func TestFiniteWidthAsTabulated(t *testing.T) {
	for _, row := range []string{
		"tanh 1 0 -3.601 -3.356", "tanh 2 0 0.574 0.941", "tanh 1.760955 .05 -1.253 -0.899", "sigmoid 1 0 -55.398 -55.167",
		"sigmoid 2 0 -44.232 -43.984", "gelu 1 0 -25.245 -24.962", "silu 1 0 -25.905 -25.644", "selu 1 0 0.876 1.204",
		"selu 2 0 5.524 5.992",
	} {
		f := strings.Fields(row)
		var weight, bias float64
		fmt.Sscan(f[1], &weight)
		fmt.Sscan(f[2], &bias)
		for i, n := range []int{64, 256} {
			l := predict(t, Plain(20, n, activation(t, f[0]), weight, bias)).Layers[0]
			asPrinted(t, row, l.LogDelta-l.Beta/2, f[3+i])
		}
	}
}

// linearStep is the exact mean and variance, for Gaussian weights of variance 1/width, of ln of the factor by which a linear
// layer changes the squared length of a signal or a gradient: that of a chi-square variable over its degrees of freedom.
func linearStep(width int) (mean, variance float64) {
	n := float64(width)
	return digamma(n/2) + math.Log(2/n), trigamma(n / 2)
}

// reluStep is the same for a layer with ReLU and He's initialisation, given that a unit is active at all: the number of
// active units K is binomial, and the factor 2/width times a chi-square variable of K degrees of freedom (Hanin & Nica
// 2020). The logarithm is a random walk over the layers that falls by about 5/(2·width) each. That is why the gradient of a
// deep narrow network is mostly smaller than its average: half of the prediction's Beta.
func reluStep(width int) (mean, variance float64) {
	n := float64(width)
	active := distuv.Binomial{N: n, P: 0.5}
	sum, square, all := 0.0, 0.0, 0.0
	for k := 1.0; k <= n; k++ {
		p := active.Prob(k)
		m := digamma(k/2) + math.Log(4/n)
		all += p
		sum += p * m
		square += p * (m*m + trigamma(k/2))
	}
	mean = sum / all
	return mean, square/all - mean*mean
}

// trigamma is the derivative of the digamma function: the sum of 1/(x+k)².
func trigamma(x float64) float64 { return mathext.Zeta(2, x) }

// digamma is the derivative of ln Γ, to rounding: gonum's is to 1e-11.
func digamma(x float64) float64 {
	shift := 0.0
	for ; x < 20; x++ {
		shift -= 1 / x
	}
	y := 1 / (x * x)
	return shift + math.Log(x) - 1/(2*x) - y*(1.0/12-y*(1.0/120-y*(1.0/252-y*(1.0/240-y/132))))
}
