package theory

import "math"

// mehlerDegree is the number of Hermite polynomials in [mehler]. They suffice for smooth functions up to a standard deviation
// of about 2: the coefficients of sigmoid(sd z) fall as exp(-π √(2k)/sd).
const mehlerDegree = 64

// roots are those of 0, 1, 2, ...
var roots = func() (list [mehlerDegree + 1]float64) {
	for k := range list {
		list[k] = math.Sqrt(float64(k))
	}
	return list
}()

// mehler is [correlated] by Mehler's series: f(sd z) = Σ a_k h_k(z), with h_k the normalised Hermite polynomials, gives
// E f(u) f(v) = Σ a_k b_k c^k. It takes two integrals of one dimension where correlated takes one of two. It is false if what
// is left after the last term may be more than 1e-13 of the whole, as for functions with kinks.
func mehler(sd1, sd2, c float64, kinks []float64, f func(float64) float64) (sum float64, enough bool) {
	a, left := hermite(sd1, kinks, f)
	b, leftOfB := a, left
	if sd1 != sd2 {
		b, leftOfB = hermite(sd2, kinks, f)
	}
	power, size1, size2 := 1.0, left, leftOfB
	for k := range a {
		sum += a[k] * b[k] * power
		power *= c
		size1, size2 = size1+a[k]*a[k], size2+b[k]*b[k]
	}
	return sum, math.Sqrt(left*leftOfB)*math.Abs(power) <= 1e-13*math.Sqrt(size1*size2)
}

// hermite gives the coefficients of f(sd z) and the share of E f(sd z)² that the polynomials leave.
func hermite(sd float64, kinks []float64, f func(float64) float64) (a [mehlerDegree]float64, left float64) {
	points, weights := rule(split(panels(0, sd, kinks), 1)) // h_k waves as fast as √k
	for i, z := range points {
		value, weight := f(sd*z), weights[i]*density(z)
		left += weight * value * value
		before, h := 0.0, weight*value
		for k := range a {
			a[k] += h
			before, h = h, (z*h-roots[k]*before)/roots[k+1]
		}
	}
	for _, v := range a {
		left -= v * v
	}
	return a, max(0, left)
}
