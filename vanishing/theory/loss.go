package theory

import "math"

// InitialCrossEntropy is the expected loss -ln p of a softmax over independent logits from N(0, variance), whichever is the
// right class: ln K for variance 0, and more the more confident the network begins.
func InitialCrossEntropy(classes int, variance float64) float64 {
	loss, _ := softmax(classes, variance)
	return loss
}

// InitialLogitGradient is the expected squared length of the gradient p - y by the logits, of one sample: 1 - 1/K for
// variance 0.
func InitialLogitGradient(classes int, variance float64) float64 {
	_, gradient := softmax(classes, variance)
	return gradient
}

// softmax integrates. With S the sum of K independent exp(logit), Laplace transforms turn both averages into integrals of
// one dimension over powers of E exp(-t·exp(logit)), each an integral over N(0, 1):
//
//	E ln S = ∫ (e^-t - L(t)^K)/t dt,  E e^2x/S² = ∫ t·M(t)·L(t)^(K-1) dt,  L = E exp(-t e^x),  M = E e^2x exp(-t e^x)
//
// and E‖p-y‖² = 1 - 2/K + K·E e^2x/S², as p averages to 1/K whichever class is right.
func softmax(classes int, variance float64) (loss, gradient float64) {
	k, sd := float64(classes), math.Sqrt(variance)
	average := func(f func(x float64) float64) float64 {
		if sd == 0 {
			return f(0)
		}
		return gaussian(sd, []float64{0}, func(z float64) float64 { return f(sd * z) })
	}
	// t = e^s. L goes from 1 to 0 where t·e^x passes 1, so within 9 deviations of -x; the powers move that by ln K.
	low, high := -40-far*sd-math.Log(k), 6+far*sd
	edges := split([]float64{low, high}, 2)
	square := 0.0
	for i := range len(edges) - 1 {
		points, weights := rule(edges[i : i+2])
		for j, s := range points {
			t := math.Exp(s)
			l := average(func(x float64) float64 { return math.Exp(-t * math.Exp(x)) })
			// Both terms are near 1 for small t; their difference is wanted.
			lossPart := math.Expm1(-t) - math.Expm1(k*math.Log(l))
			loss += weights[j] * lossPart
			m := average(func(x float64) float64 { return math.Exp(2*x - t*math.Exp(x)) })
			square += weights[j] * t * t * m * math.Pow(l, k-1)
		}
	}
	return loss, 1 - 2/k + k*square
}
