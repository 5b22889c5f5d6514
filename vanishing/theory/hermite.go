package theory

import "math"

// hermite expands f(sd z) = Σ a_k h_k(z) in the first normalised Hermite polynomials. square is E f(sd z)², which all coefficients
// together have as their sum of squares.
func hermite(sd float64, kinks []float64, f func(float64) float64, degree int) (a []float64, square float64) {
	// h_k oscillates as fast as √k: the panels are finer than those for f alone.
	points, weights := rule(split(panels(0, sd, kinks), 1))
	roots := make([]float64, degree+1)
	for k := range roots {
		roots[k] = math.Sqrt(float64(k))
	}
	a = make([]float64, degree)
	for i, z := range points {
		value, weight := f(sd*z), weights[i]*density(z)
		square += weight * value * value
		before, h := 0.0, weight*value
		for k := range a {
			a[k] += h
			before, h = h, (z*h-roots[k]*before)/roots[k+1]
		}
	}
	return a, square
}

// A dual is the expansion of φ at one mean square q: φ(√q z) = Σ a_k h_k(z). Two samples of correlation c then have
// E φφ = Σ a_k² c^k (Daniely et al. 2016), and E φ'φ' is the derivative by the covariance. One dual serves all correlations, where
// K takes an integral for each.
type dual struct {
	q, v, d float64
	a       []float64
}

// dualDegree is the number of polynomials in a dual. The rest of φ, known from E φ², is attributed to the next degrees: it counts
// only near c = 1, where the sum is known exactly.
const dualDegree = 160

// dual prepares the two-sample moments at a mean square.
func (m moments) dual(q float64) dual {
	a, _ := hermite(math.Sqrt(q), m.kinks, m.phi.Eval, dualDegree)
	return dual{q, m.V(q), m.D(q), a}
}

// cross returns E φφ and E φ'φ' for two samples of correlation c, whose mean squares are those of the duals.
func (s dual) cross(t dual, c float64) (k, dot float64) {
	power, left, leftDot := 1.0, math.Sqrt(s.v*t.v), math.Sqrt(s.d*t.d)
	size := math.Sqrt(s.q * t.q)
	for i, a := range s.a {
		n := float64(i)
		part := a * t.a[i]
		if i > 0 {
			slope := n * part / size
			dot += slope * power
			leftDot -= slope
			power *= c
		}
		k += part * power
		left -= part
	}
	// power is c^(degree-1) now.
	return k + left*power*c, dot + leftDot*power
}
