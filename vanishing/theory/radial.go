package theory

import "math"

// Mean-field theory takes the backward pass as independent of the forward pass, except in one direction. Since z = W·a, the weights W
// contain z·aᵀ/‖a‖², and the gradient at a has the part a·(z·δ)/‖a‖². Along a the gradient is that of the signal's size. Per layer it
// is multiplied not by chi but by the slope of the map from one mean square to the next. It is one of n directions, but if the slope
// is larger than chi it dominates over many layers, as for softplus and GELU with He's initialisation.
//
// Let T = ‖δ‖² and σ = n(z·δ)²/(‖z‖²T), both on average, and let A be the σ of the next layer without the share of the bias in z. The
// factors are
//
//	T: D + (A-1)·E φ²φ'²/(nV),    σT: E ẑ²φ'² + (A-1)·qV'²/V
//
// For ReLU and linear layers without bias A is 1 throughout.
type radial struct{ square, slope, tilt float64 }

// radialOf computes the averages for pre-activations of mean square q, whose activations have mean square v.
func radialOf(m moments, q, v float64) radial {
	if q == 0 || v == 0 {
		return radial{}
	}
	slope := m.VPrime(q)
	return radial{
		square: m.average(q, func(u float64) float64 { x := m.phi.Eval(u) * m.phi.Derivative(u); return x * x }) / v,
		tilt:   m.average(q, func(u float64) float64 { x := u * m.phi.Derivative(u); return x * x }) / q,
		slope:  q * slope * slope / v,
	}
}

// back passes T and σ through the activation, where d is E φ'² and n the number of units.
func (r radial) back(g gradient, d, n float64) gradient {
	a := g.radial - 1
	more := a * r.square / (n * d)
	g.radial = (r.tilt + a*r.slope) / (d * (1 + more))
	g.excess += (1 + g.excess) * more
	return g
}

// logExcess is the mean and the variance of ln(1 + excess·x²) for x ~ N(0, 1), as the gradient of the signal's size is one Gaussian
// number. A negative excess concerns all directions and has no variance.
func logExcess(excess float64) (mean, variance float64) {
	if excess <= 1e-9 {
		return math.Log1p(excess), 0
	}
	// For x near 0 the logarithm bends at 1/√excess.
	root := math.Sqrt(excess)
	f := func(z float64) float64 { return math.Log1p(root * z * root * z) }
	mean = gaussian(root, []float64{0}, f)
	return mean, gaussian(root, []float64{0}, func(z float64) float64 { d := f(z) - mean; return d * d })
}
