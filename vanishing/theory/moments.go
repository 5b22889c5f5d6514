package theory

import "math"

// moments are the Gaussian averages of an activation φ that mean-field theory uses. Linear, ReLU, LeakyReLU, erf, GELU, ELU and
// SELU have closed forms. Other moments are integrated, in panels that end at the kinks of φ, to a relative error of about 1e-12.
//
// Throughout, z ~ N(0, 1), and q is the mean square of the pre-activation.
type moments struct {
	phi   Activation
	form  form
	kinks []float64
}

// momentsOf prepares the moments of an activation. Nil means the identity.
func momentsOf(phi Activation) moments {
	if phi == nil {
		phi = linear
	}
	return moments{phi, formOf(phi), kinks(phi.Derivative)}
}

// Mean is E φ(√q z).
func (m moments) Mean(q float64) float64 {
	if m.form.mean != nil {
		return m.form.mean(q)
	}
	return m.average(q, m.phi.Eval)
}

// V is E φ(√q z)²: the mean square after the activation.
func (m moments) V(q float64) float64 {
	if m.form.v != nil {
		return m.form.v(q)
	}
	return m.average(q, func(u float64) float64 { a := m.phi.Eval(u); return a * a })
}

// D is E φ'(√q z)²: the factor that the activation applies to a squared gradient.
func (m moments) D(q float64) float64 {
	if m.form.d != nil {
		return m.form.d(q)
	}
	return m.average(q, func(u float64) float64 { d := m.phi.Derivative(u); return d * d })
}

// Kappa is 3 E φ'⁴/(E φ'²)² - 1, the variance that one of n units adds to n·‖δ‖², relative to its square: 5 for ReLU, 2
// for the identity (Hanin & Nica 2020).
func (m moments) Kappa(q float64) float64 {
	if m.form.kappa != nil {
		return m.form.kappa(q)
	}
	d := m.D(q)
	return 3*m.average(q, func(u float64) float64 { s := m.phi.Derivative(u); return s * s * s * s })/(d*d) - 1
}

// VPrime is dV/dq = E φ'² + E φ”φ.
func (m moments) VPrime(q float64) float64 {
	if m.piecewiseLinear() {
		return m.form.v(1)
	}
	// d/dq φ(√q z)² = φ φ' z/√q. No second derivative is needed, which may be a delta function.
	root := math.Sqrt(q)
	return gaussian(root, m.kinks, func(z float64) float64 {
		return z * m.phi.Eval(root*z) * m.phi.Derivative(root*z)
	}) / root
}

// piecewiseLinear reports whether an activation has two slopes, as ReLU does.
func (m moments) piecewiseLinear() bool { return m.form.v != nil && m.form.kappa != nil }

// average is E f(√q z).
func (m moments) average(q float64, f func(u float64) float64) float64 {
	root := math.Sqrt(q)
	if root == 0 {
		return f(0)
	}
	return gaussian(root, m.kinks, func(z float64) float64 { return f(root * z) })
}
