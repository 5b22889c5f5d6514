package theory

import "math"

// A dual is φ in Hermite polynomials at one mean square q: φ(√q z) = Σ a_k h_k(z), with h_k normalised. Two samples of
// correlation c then have E φφ = Σ a_k² c^k (Daniely et al. 2016), and E φ'φ' is the derivative by the covariance. It costs
// one integral for all c, where K costs one of two dimensions for each.
type dual struct {
	q, v, d float64
	a       []float64
}

// hermiteDegree is the number of polynomials. What is left of φ behind them, known from E φ², is taken to be of the degrees
// that follow: it counts only near c = 1, where it is known exactly.
const hermiteDegree = 160

// Dual prepares the two-sample moments at a mean square.
func (m moments) dual(q float64) dual {
	root := math.Sqrt(q)
	// h_k waves as fast as √k: the panels are finer than for φ alone.
	points, weights := rule(split(panels(0, root, m.kinks), 1))
	a := make([]float64, hermiteDegree)
	for i, z := range points {
		weight := weights[i] * density(z) * m.phi.Eval(root*z)
		before, h := 0.0, 1.0
		for k := range a {
			a[k] += weight * h
			n := float64(k)
			before, h = h, (z*h-math.Sqrt(n)*before)/math.Sqrt(n+1)
		}
	}
	return dual{q, m.V(q), m.D(q), a}
}

// cross gives E φφ and E φ'φ' between samples of correlation c, of mean squares for which the duals were made.
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
