package theory

import (
	"fmt"
	"math"
)

// An Activation is an elementwise function φ between linear maps, with its derivative. At a kink the derivative is
// one-sided.
type Activation interface {
	Eval(z float64) float64
	Derivative(z float64) float64
	String() string
}

// A function is an Activation made of two Go functions.
type function struct {
	name       string
	phi, slope func(z float64) float64 // φ and φ'
}

// Eval returns φ(z).
func (f function) Eval(z float64) float64 { return f.phi(z) }

// Derivative returns φ'(z).
func (f function) Derivative(z float64) float64 { return f.slope(z) }

// String is the name.
func (f function) String() string { return f.name }

// Scaled is the activation out·φ(in·z), as of networks without normalisation, which divide by known standard deviations. Nil is the
// identity.
func Scaled(phi Activation, in, out float64) Activation {
	if phi == nil {
		phi = linear
	}
	if in == 1 && out == 1 {
		return phi
	}
	return function{
		fmt.Sprintf("%g %v(%g z)", out, phi, in), func(z float64) float64 { return out * phi.Eval(in*z) },
		func(z float64) float64 { return out * in * phi.Derivative(in*z) },
	}
}

// The activations that the package has itself.
var (
	linear = function{"linear", func(z float64) float64 { return z }, func(float64) float64 { return 1 }}
	erf    = function{"erf", math.Erf, func(z float64) float64 { return 2 / math.SqrtPi * math.Exp(-z*z) }}
)
