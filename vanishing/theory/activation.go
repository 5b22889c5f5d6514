package theory

import (
	"math"

	"github.com/pkg/errors"
)

// An Activation is an elementwise function φ between linear maps, with its derivative. At a kink the derivative is that
// of one side.
type Activation interface {
	Eval(z float64) float64
	Derivative(z float64) float64
	String() string
}

// A Func is an Activation made of two Go functions.
type Func struct {
	Name       string
	Phi, Slope func(z float64) float64 // φ and φ'
}

// Eval gives φ(z).
func (f Func) Eval(z float64) float64 { return f.Phi(z) }

// Derivative gives φ'(z).
func (f Func) Derivative(z float64) float64 { return f.Slope(z) }

// String is the name.
func (f Func) String() string { return f.Name }

var _ Activation = Func{}

// The activations that theory speaks of and that need no parameter.
var (
	Linear = Func{"linear", func(z float64) float64 { return z }, func(float64) float64 { return 1 }}
	ReLU   = LeakyReLU(0)
	Erf    = Func{"erf", math.Erf, func(z float64) float64 { return 2 / math.SqrtPi * math.Exp(-z*z) }}
	Tanh   = Func{"tanh", math.Tanh, func(z float64) float64 { return 1 / (math.Cosh(z) * math.Cosh(z)) }}
	// Softsign is z/(1+|z|), of Glorot & Bengio 2010.
	Softsign = Func{"softsign",
		func(z float64) float64 { return z / (1 + math.Abs(z)) },
		func(z float64) float64 { return 1 / ((1 + math.Abs(z)) * (1 + math.Abs(z))) }}
	Sigmoid = Func{"sigmoid", sigmoid, func(z float64) float64 { return sigmoid(z) * sigmoid(-z) }}
)

// LeakyReLU is z for positive z and slope·z otherwise.
func LeakyReLU(slope float64) Func {
	name := "relu"
	if slope != 0 {
		name = "leaky_relu"
	}
	return Func{name,
		func(z float64) float64 {
			if z > 0 {
				return z
			}
			return slope * z
		},
		func(z float64) float64 {
			if z > 0 {
				return 1
			}
			return slope
		}}
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// Named finds one of the package's activations: linear, relu, sigmoid, tanh, erf, softsign.
func Named(name string) (Activation, error) {
	for _, a := range []Func{Linear, ReLU, Sigmoid, Tanh, Erf, Softsign} {
		if a.Name == name {
			return a, nil
		}
	}
	return nil, errors.Errorf("theory: no activation is named %q; there are linear, relu, sigmoid, tanh, erf, softsign", name)
}
