package theory

import (
	"math"
	"slices"
)

// K is E φ(u) φ(v) for Gaussian u and v with mean 0, variances s11 and s22 and covariance s12: the inner product of two samples
// after the activation.
func (m moments) K(s11, s22, s12 float64) float64 {
	if m.form.k != nil {
		return m.form.k(s11, s22, s12)
	}
	return correlated(s11, s22, s12, m.kinks, m.phi.Eval)
}

// KDot is E φ'(u) φ'(v): the factor that the activation applies to the inner product of two samples' gradients.
func (m moments) KDot(s11, s22, s12 float64) float64 {
	if m.form.kDot != nil {
		return m.form.kDot(s11, s22, s12)
	}
	return correlated(s11, s22, s12, m.kinks, m.phi.Derivative)
}

// KDot2 is E φ'(u)² φ'(v)².
func (m moments) KDot2(s11, s22, s12 float64) float64 {
	if m.form.kDot2 != nil {
		return m.form.kDot2(s11, s22, s12)
	}
	return correlated(s11, s22, s12, m.kinks, func(u float64) float64 { d := m.phi.Derivative(u); return d * d })
}

// correlated computes E f(u) f(v).
func correlated(s11, s22, s12 float64, kinks []float64, f func(float64) float64) float64 {
	sd1, sd2 := math.Sqrt(s11), math.Sqrt(s22)
	if sd1 == 0 || sd2 == 0 {
		return f(0) * gaussian(max(sd1, sd2), kinks, func(z float64) float64 { return f(max(sd1, sd2) * z) })
	}
	c := clip(s12 / sd1 / sd2)
	if (1-c)*(1+c) < 1e-14 { // c is 1 to rounding
		return gaussian(sd1, kinks, func(z float64) float64 { return f(sd1*z) * f(math.Copysign(sd2, c)*z) })
	}
	if sum, enough := mehler(sd1, sd2, c, kinks, f); enough {
		return sum
	}
	return integrate2(sd1, sd2, c, kinks, f)
}

// integrate2 computes [correlated] as an integral over independent x, y ~ N(0, 1): u = sd1·x and v = sd2 (c·x + rest·y).
func integrate2(sd1, sd2, c float64, kinks []float64, f func(float64) float64) float64 {
	rest := math.Sqrt((1 - c) * (1 + c))
	// As a function of x, the mean over y goes over from one side of a kink to the other within rest/c.
	edges := panels(0, sd1, kinks)
	for _, kink := range kinks {
		for _, s := range []float64{-8, -4, -2, -1, 0, 1, 2, 4, 8} {
			if x := (kink/sd2 + s*rest) / c; x > -far && x < far {
				edges = append(edges, x)
			}
		}
	}
	slices.Sort(edges)
	return integrate(slices.Compact(edges), func(x float64) float64 {
		mean := sd2 * c * x
		inner := integrate(panels(mean, sd2*rest, kinks), func(y float64) float64 {
			return density(y) * f(mean+sd2*rest*y)
		})
		return density(x) * f(sd1*x) * inner
	})
}
