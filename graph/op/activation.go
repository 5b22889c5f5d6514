package op

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// An Activation is an elementwise function φ with its derivative φ'.
type Activation int

// The activations. See activation_func.go for each formula and its source.
const (
	ReLU      Activation = iota
	LeakyReLU            // takes alpha, the slope of the negative side
	ELU                  // takes alpha, minus the limit of the negative side
	SELU
	GELU
	GELUTanh
	SiLU
	Sigmoid
	Tanh
	Erf
	Softsign
	Softplus
	Identity
	numActivations
)

// String is the activation's name, as "gelu_tanh".
func (a Activation) String() string {
	if !a.known() {
		return fmt.Sprintf("activation(%d)", int(a))
	}
	return activations[a].name
}

func (a Activation) known() bool { return a >= 0 && a < numActivations }

// Eval gives φ(x), and NaN for an unknown activation.
func (a Activation) Eval(alpha, x float64) float64 {
	if !a.known() {
		return math.NaN()
	}
	return activations[a].eval(alpha, x)
}

// Derivative gives φ'(x), and NaN for an unknown activation. At a kink it is the left derivative, so that relu'(0) = 0
// as in PyTorch.
func (a Activation) Derivative(alpha, x float64) float64 {
	if !a.known() {
		return math.NaN()
	}
	slope, ofY := a.slope(alpha)
	if ofY {
		x = a.Eval(alpha, x)
	}
	return slope(alpha, x)
}

// slope gives the derivative as a function of y = φ(x) if there is one for this alpha, else as a function of x.
func (a Activation) slope(alpha float64) (f func(alpha, v float64) float64, ofY bool) {
	row := activations[a]
	if row.slopeOfX == nil || row.slopeOfY != nil && alpha >= 0 {
		return row.slopeOfY, true
	}
	return row.slopeOfX, false
}

// Activate applies an activation to every element of x. The parameter alpha is read by LeakyReLU and ELU only.
//
// Its gradient: dx = dy ⊙ φ'(x). That of ReLU, LeakyReLU, Sigmoid, Tanh and Softplus is computed from y = φ(x), as in PyTorch,
// so x need not be kept. All others read x, because y does not determine their φ', or not to all digits; so does LeakyReLU of a
// negative alpha.
//
// For every x a slope is right to 8 units in its last place, except for these, which are right to a few units in the last place
// of max(1, |x|):
//
//   - Sigmoid and Tanh, because y near a limit has lost digits. The relative error of the slope grows as exp(x) and exp(2|x|): the
//     slope of Sigmoid at 10 is right to 2e-3 in float32. The slope of Sigmoid is 0 from 17.5 on in float32 and 37.5 in float64,
//     and that of Tanh beyond ±9.5 and ±20.
//   - SiLU, GELU and GELUTanh, whose slopes are differences.
//
// Slopes below the smallest normal number may be 0: in float32 that is exp(x) below -87.
func Activate(a Activation, alpha float64, x *gorgonia.Node) (*gorgonia.Node, error) {
	if !a.known() {
		return nil, errors.Errorf("unknown activation: got %d, want one of ReLU to Identity", int(a))
	}
	if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
		return nil, errors.Errorf("%v: got alpha %v, want a finite number", a, alpha)
	}
	return activateOp(a, alpha, dimsOf(x)).apply(x)
}

func activateOp(a Activation, alpha float64, dims int) *Op {
	return &Op{
		name:    fmt.Sprintf("%v(alpha=%v)", a, alpha),
		spec:    Spec{Kind: KindActivate, Activation: a, Alpha: alpha},
		types:   repeat(dims, 1),
		shape:   sameShapes,
		kernel:  kernels{activate[float32](a, alpha), activate[float64](a, alpha)},
		blocked: a.blocking(alpha, partReLU),
		inPlace: []int{0},
		finish:  &finish{activation[float32](a, alpha), activation[float64](a, alpha)},
		grad: func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := activateBackward(a, alpha, in[0], y, dy)
			return gorgonia.Nodes{dx}, err
		},
	}
}

// blocking is the form in blocks of an activation that is zero at zero, or of its gradient, which are this part if the activation is
// ReLU.
func (a Activation) blocking(alpha float64, what part) blocking {
	switch {
	case a == ReLU:
		return cellwise(what)
	case a.Eval(alpha, 0) != 0:
		return nil
	}
	return cellwise(noPart)
}

// activateBackward draws dx = dy ⊙ φ'(x).
func activateBackward(a Activation, alpha float64, x, y, dy *gorgonia.Node) (*gorgonia.Node, error) {
	if a == Identity {
		return dy, nil
	}
	o := &Op{
		name:    fmt.Sprintf("%v_backward(alpha=%v)", a, alpha),
		spec:    Spec{Kind: KindGradient},
		types:   repeat(dimsOf(x), 2),
		shape:   sameShapes,
		kernel:  kernels{activationGradient[float32](a, alpha), activationGradient[float64](a, alpha)},
		blocked: a.blocking(alpha, partMask),
		inPlace: []int{1, 0},
	}
	if _, ofY := a.slope(alpha); ofY {
		return o.apply(y, dy)
	}
	return o.apply(x, dy)
}
