package theory

import "math"

// mehlerDegree is the number of Hermite polynomials in [mehler]. They suffice for smooth functions up to a standard deviation
// of about 2: the coefficients of sigmoid(sd z) fall as exp(-π √(2k)/sd).
const mehlerDegree = 64

// mehler computes [correlated] by Mehler's series. If f(sd1 z) = Σ a_k h_k(z) and f(sd2 z) = Σ b_k h_k(z), then
// E f(u) f(v) = Σ a_k b_k c^k at the correlation c. It takes integrals over one dimension, where correlated takes one over two.
// enough is false if the omitted terms may exceed 1e-13 of the sum's bound, as for functions with kinks.
func mehler(sd1, sd2, c float64, kinks []float64, f func(float64) float64) (sum float64, enough bool) {
	a, size1 := hermite(sd1, kinks, f, mehlerDegree)
	b, size2 := a, size1
	if sd1 != sd2 {
		b, size2 = hermite(sd2, kinks, f, mehlerDegree)
	}
	power, omitted1, omitted2 := 1.0, size1, size2
	for k := range a {
		sum += a[k] * b[k] * power
		power *= c
		omitted1, omitted2 = omitted1-a[k]*a[k], omitted2-b[k]*b[k]
	}
	omitted := math.Sqrt(max(0, omitted1) * max(0, omitted2))
	return sum, omitted*math.Abs(power) <= 1e-13*math.Sqrt(size1*size2)
}
