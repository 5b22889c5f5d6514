package theory

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// LinearStep is the exact mean and variance, for Gaussian weights of variance 1/width, of ln of the factor by which a linear
// layer changes the squared length of a signal or a gradient: that of a chi-square variable over its degrees of freedom.
func LinearStep(width int) (mean, variance float64) {
	n := float64(width)
	return digamma(n/2) + math.Log(2/n), trigamma(n / 2)
}

// ReLUStep is the same for a layer with ReLU and He's initialisation, given that a unit is active at all: the number of
// active units K is binomial, and the factor 2/width times a chi-square variable of K degrees of freedom (Hanin & Nica
// 2020). The logarithm is a random walk over the layers that falls by about 5/(2·width) each. That is why the gradient of a
// deep narrow network is mostly smaller than its average: half of the prediction's Beta.
func ReLUStep(width int) (mean, variance float64) {
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
