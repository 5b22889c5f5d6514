package theory

import "math"

// initialCrossEntropy is the expected loss -ln p of a softmax over independent logits from N(0, variance), whichever is the
// right class: ln K for variance 0, and more for larger logits.
//
// With S the sum of K independent exp(logit), a Laplace transform turns E ln S into an integral of one dimension over powers of
// E exp(-t·exp(logit)), each an integral over N(0, 1):
//
//	E ln S = ∫ (e^-t - L(t)^K)/t dt,  L = E exp(-t e^x)
func initialCrossEntropy(classes int, variance float64) float64 {
	k, sd := float64(classes), math.Sqrt(variance)
	if sd > 100 {
		return largeLogits(k, sd)
	}
	laplace := func(s float64) float64 { // L at t = e^s
		if sd == 0 {
			return math.Exp(-math.Exp(s))
		}
		return gaussian(sd, []float64{-s}, func(z float64) float64 { return math.Exp(-math.Exp(s + sd*z)) }) // it falls at x = -s
	}
	// L goes from 1 to 0 where t·e^x passes 1, so within 9 deviations of -x; the powers move that by ln K.
	edges := split([]float64{-40 - far*sd - math.Log(k), 6 + far*sd}, 2)
	return integrate(edges, func(s float64) float64 { // both terms are near 1 for small t; their difference is wanted
		return math.Expm1(-math.Exp(s)) - math.Expm1(k*math.Log(laplace(s)))
	})
}

// largeLogits is the loss for K logits of a large standard deviation sd. ln S is the largest logit, whose mean is sd times the
// mean maximum of K numbers from N(0, 1), plus ln(1 + e^-g) where the second largest is a small gap g below. The integral of this
// term over g is π²/12. The omitted terms are of order 1/sd².
func largeLogits(k, sd float64) float64 {
	if k < 2 {
		return 0
	}
	below := func(x, power float64) float64 { return math.Pow(math.Erfc(-x/math.Sqrt2)/2, power) }
	edges := split([]float64{-far, far}, 0.5)
	largest := k * integrate(edges, func(x float64) float64 { return x * density(x) * below(x, k-1) })
	ties := k * (k - 1) * integrate(edges, func(x float64) float64 { return density(x) * density(x) * below(x, k-2) })
	return sd*largest + ties/sd*math.Pi*math.Pi/12
}
