package theory

import "math"

// A form holds the moments of an activation that have a closed form. Nil functions are integrated.
type form struct {
	mean, v, d, kappa func(q float64) float64
	k, kDot, kDot2    func(s11, s22, s12 float64) float64
}

// formOf recognises an activation by its values, not by its name.
func formOf(a Activation) form {
	if like(a, twoSlopes(a.Derivative(-1), a.Derivative(1))) {
		return piecewise(a.Derivative(-1), a.Derivative(1))
	}
	if like(a, erf) {
		return erfForm
	}
	if like(a, gelu) {
		return geluForm
	}
	if scale := a.Derivative(1); scale != 0 {
		alpha := a.Eval(-1) / math.Expm1(-1) / scale
		if like(a, elu(scale, alpha)) {
			return eluForm(scale, alpha)
		}
	}
	return form{}
}

// like compares two functions at a number of points, to rounding.
func like(a, b Activation) bool {
	for _, z := range []float64{-30, -7.3, -3.1, -1.7, -1, -0.61, -0.2, -0.013, 0.017, 0.31, 0.83, 1, 1.9, 4.1, 8.7, 30} {
		if math.Abs(a.Eval(z)-b.Eval(z)) > 1e-13*(1+math.Abs(z)) || math.Abs(a.Derivative(z)-b.Derivative(z)) > 1e-13 {
			return false
		}
	}
	return true
}

// twoSlopes is below·z for negative and above·z for positive z.
func twoSlopes(below, above float64) function {
	slope := func(z float64) float64 {
		if z > 0 {
			return above
		}
		return below
	}
	return function{"two slopes", func(z float64) float64 { return slope(z) * z }, slope}
}

// piecewise is for twoSlopes: linear, ReLU, LeakyReLU. The correlated moments are those of Cho & Saul 2009, eq. 6.
func piecewise(below, above float64) form {
	d := (below*below + above*above) / 2
	jump, product := above-below, above*below
	return form{
		mean:  func(q float64) float64 { return jump * math.Sqrt(q/(2*math.Pi)) },
		v:     func(q float64) float64 { return d * q },
		d:     func(float64) float64 { return d },
		kappa: func(float64) float64 { return 3*(below*below*below*below+above*above*above*above)/2/(d*d) - 1 },
		k: func(s11, s22, s12 float64) float64 {
			size := math.Sqrt(s11) * math.Sqrt(s22)
			if size == 0 {
				return 0
			}
			return size*jump*jump*arcForward(s12/size)/2 + product*s12
		},
		kDot: func(s11, s22, s12 float64) float64 {
			return product + jump*jump*arcBackward(s12/(math.Sqrt(s11)*math.Sqrt(s22)))/2
		},
		kDot2: func(s11, s22, s12 float64) float64 {
			both := arcBackward(s12/(math.Sqrt(s11)*math.Sqrt(s22))) / 2 // positive, or both negative
			return both*(below*below*below*below+above*above*above*above) + (1-2*both)*product*product
		},
	}
}

// arcForward is 2·E relu(u)·relu(v), and arcBackward 2·E relu'(u)·relu'(v), for u, v ~ N(0, 1) of correlation c.
func arcForward(c float64) float64 {
	c = clip(c)
	return (math.Sqrt(1-c*c) + c*(math.Pi-math.Acos(c))) / math.Pi
}

func arcBackward(c float64) float64 { return 1 - math.Acos(clip(c))/math.Pi }

// clip limits a cosine to ±1, which rounding may exceed.
func clip(c float64) float64 { return max(-1, min(1, c)) }

// erfForm is Williams 1997, eq. 11.
var erfForm = form{
	mean: func(float64) float64 { return 0 },
	v:    func(q float64) float64 { return 2 / math.Pi * arcsine(2*q) },
	d:    func(q float64) float64 { return 4 / math.Pi / math.Sqrt(1+4*q) },
	k: func(s11, s22, s12 float64) float64 {
		return 2 / math.Pi * math.Atan2(2*s12, math.Sqrt(1+2*s11+2*s22+4*(s11*s22-s12*s12)))
	},
	kDot: func(s11, s22, s12 float64) float64 {
		return 4 / math.Pi / math.Sqrt(1+2*s11+2*s22+4*(s11*s22-s12*s12))
	},
}

// arcsine is asin(x/(1+x)) without loss of digits where that is near 1.
func arcsine(x float64) float64 { return math.Atan2(x, math.Sqrt(1+2*x)) }

var gelu = function{"gelu",
	func(z float64) float64 { return z * math.Erfc(-z/math.Sqrt2) / 2 },
	func(z float64) float64 { return math.Erfc(-z/math.Sqrt2)/2 + z*density(z) }}

// geluForm is for the exact GELU (Hendrycks & Gimpel 2016), x·Φ(x).
var geluForm = form{
	v: func(q float64) float64 {
		return q/4 + q/(2*math.Pi)*(arcsine(q)+2*q/((1+q)*math.Sqrt(1+2*q)))
	},
	d: func(q float64) float64 {
		root := math.Sqrt(1 + 2*q)
		return 0.25 + arcsine(q)/(2*math.Pi) + q/(math.Pi*(1+q)*root) + q/(2*math.Pi*root*root*root)
	},
}

// elu is scale·z for positive z and scale·alpha·(exp(z) - 1) otherwise: ELU (Clevert et al. 2015) and SELU (Klambauer et
// al. 2017).
func elu(scale, alpha float64) function {
	return function{"elu",
		func(z float64) float64 {
			if z > 0 {
				return scale * z
			}
			return scale * alpha * math.Expm1(z)
		},
		func(z float64) float64 {
			if z > 0 {
				return scale
			}
			return scale * alpha * math.Exp(z)
		}}
}

func eluForm(scale, alpha float64) form {
	return form{
		v: func(q float64) float64 {
			if q < 1e-3 { // the terms of order 1 below would cancel it
				root := math.Sqrt(q)
				f := elu(scale, alpha)
				return gaussian(root, []float64{0}, func(z float64) float64 { return f.Eval(root*z) * f.Eval(root*z) })
			}
			root := math.Sqrt(q)
			tail := erfcx(math.Sqrt2*root)/2 - erfcx(root/math.Sqrt2) + 0.5
			return scale * scale * (q/2 + alpha*alpha*tail)
		},
		d: func(q float64) float64 {
			return scale * scale * (0.5 + alpha*alpha*erfcx(math.Sqrt(2*q))/2)
		},
	}
}

// erfcx is exp(x^2)·erfc(x) for x >= 0.
func erfcx(x float64) float64 {
	if x < 10 {
		return math.Exp(x*x) * math.Erfc(x)
	}
	sum, term := 1.0, 1.0
	for k := 1.0; k < 15; k++ { // asymptotic: for x >= 10 the last term is below 1e-20
		term *= -(2*k - 1) / (2 * x * x)
		sum += term
	}
	return sum / (x * math.SqrtPi)
}
