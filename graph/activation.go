package graph

import (
	"fmt"
	"math"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// An Activation is an elementwise function between linear maps. It is a layer. The zero value is ReLU.
type Activation struct {
	kind  op.Activation
	alpha float64
}

// The activations without a parameter.
var (
	ReLU     = Activation{kind: op.ReLU}     // max(0, x)
	SELU     = Activation{kind: op.SELU}     // Klambauer et al. 2017
	GELU     = Activation{kind: op.GELU}     // x·Φ(x), exact
	GELUTanh = Activation{kind: op.GELUTanh} // its tanh approximation
	SiLU     = Activation{kind: op.SiLU}     // x·sigmoid(x), also called swish
	Sigmoid  = Activation{kind: op.Sigmoid}  // 1/(1 + exp(-x))
	Tanh     = Activation{kind: op.Tanh}
	Erf      = Activation{kind: op.Erf}      // 2/sqrt(π)·∫exp(-t²), t from 0 to x
	Softsign = Activation{kind: op.Softsign} // x/(1 + |x|)
	Softplus = Activation{kind: op.Softplus} // log(1 + exp(x))
	Identity = Activation{kind: op.Identity}
)

// ActivationOf is the activation of a kind, with alpha if it has one.
func ActivationOf(kind op.Activation, alpha float64) Activation {
	if kind != op.LeakyReLU && kind != op.ELU {
		alpha = 0
	}
	return Activation{kind, alpha}
}

// LeakyReLU is x for positive x and slope·x otherwise. PyTorch's slope is 0.01.
func LeakyReLU(slope float64) Activation { return Activation{op.LeakyReLU, slope} }

// ELU is x for positive x and alpha·(exp(x) - 1) otherwise. PyTorch's alpha is 1.
func ELU(alpha float64) Activation { return Activation{op.ELU, alpha} }

// Apply draws the activation.
func (a Activation) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Scope(a.kind.String()).Check(op.Activate(a.kind, a.alpha, x))
}

// String is the activation's name, as "relu" or "elu(1)".
func (a Activation) String() string {
	if a.kind == op.LeakyReLU || a.kind == op.ELU {
		return fmt.Sprintf("%v(%g)", a.kind, a.alpha)
	}
	return a.kind.String()
}

// Kind is the function.
func (a Activation) Kind() op.Activation { return a.kind }

// Alpha is the parameter of LeakyReLU and ELU; 0 for the others.
func (a Activation) Alpha() float64 { return a.alpha }

// Eval gives φ(x).
func (a Activation) Eval(x float64) float64 { return a.kind.Eval(a.alpha, x) }

// Derivative gives φ'(x); at a kink the left derivative.
func (a Activation) Derivative(x float64) float64 { return a.kind.Derivative(a.alpha, x) }

// MaxDerivative is the largest |φ'(x)| over all x. A unit whose |φ'| is far below it is saturated.
func (a Activation) MaxDerivative() float64 {
	switch a.kind {
	case op.Sigmoid:
		return 0.25
	case op.Erf:
		return 2 / math.Sqrt(math.Pi)
	case op.LeakyReLU, op.ELU:
		return math.Max(1, math.Abs(a.alpha))
	case op.SELU:
		return a.Derivative(math.Copysign(0, -1)) // lambda·alpha, just below zero
	case op.GELU:
		return a.Derivative(math.Sqrt2)
	case op.GELUTanh:
		return 1.128993068659 // at x = 1.418504, found numerically
	case op.SiLU:
		return 1.099839320129 // at x = 2.399357, found numerically
	}
	return 1
}

// DefaultInit is the initialiser that models use by default for a weight before this activation: He normal for the ReLU
// family (He et al. 2015), LeCun normal for SELU (Klambauer et al. 2017), Xavier normal for all others (Glorot & Bengio
// 2010).
func (a Activation) DefaultInit() initializer.Initializer {
	switch a.kind {
	case op.ReLU, op.LeakyReLU, op.ELU, op.GELU, op.GELUTanh, op.SiLU, op.Softplus:
		return initializer.HeNormal{}
	case op.SELU:
		return initializer.LeCunNormal{}
	}
	return initializer.XavierNormal{}
}

// ParseActivation finds an activation by its name, as a command line gives it. LeakyReLU has slope 0.01, ELU alpha 1.
func ParseActivation(name string) (Activation, error) {
	all := []Activation{ReLU, LeakyReLU(0.01), ELU(1), SELU, GELU, GELUTanh, SiLU, Sigmoid, Tanh, Erf, Softsign, Softplus, Identity}
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.kind.String()
		if names[i] == strings.ToLower(name) {
			return a, nil
		}
	}
	return Activation{}, errors.Errorf("graph: unknown activation: got %q, want one of %s", name, strings.Join(names, ", "))
}

// ScaledReLU is ReLU times sqrt(2/(1 - 1/π)) = 1.7139, which gives the variance 1 to the result for a normal input of variance 1
// (Brock et al. 2021). Networks without normalisation use it, with the standardised weights of [Conv2D].
var ScaledReLU = Sequential{ReLU, Scale{math.Sqrt(2 / (1 - 1/math.Pi))}}

// Scale multiplies by a number.
type Scale struct{ Factor float64 }

// Apply draws the product.
func (s Scale) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("scale")
	if math.IsNaN(s.Factor) || math.IsInf(s.Factor, 0) {
		return b.Failf("got Factor %g, want a finite number", s.Factor)
	}
	return b.Check(op.Scale(x, s.Factor))
}

// Softmax turns the last axis into probabilities. [CrossEntropy] is more exact on logits, without this layer.
type Softmax struct{}

// Apply draws the softmax.
func (Softmax) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Scope("softmax").Check(op.Softmax(x))
}

var (
	_ Layer = Activation{}
	_ Layer = Scale{}
	_ Layer = Softmax{}
)
