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
	return activations[a].derivative(alpha, x, activations[a].eval(alpha, x))
}

// Activate applies an activation to every element of x. The parameter alpha is read by LeakyReLU and ELU only.
//
// Its gradient: dx = dy ⊙ φ'(x).
func Activate(a Activation, alpha float64, x *gorgonia.Node) (*gorgonia.Node, error) {
	if !a.known() {
		return nil, errors.Errorf("unknown activation %d", int(a))
	}
	if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
		return nil, errors.Errorf("%v: alpha is %v, expected a finite number", a, alpha)
	}
	dims := dimsOf(x)
	o := &Op{
		name:   fmt.Sprintf("%v(alpha=%v)", a, alpha),
		types:  repeat(dims, 1),
		shape:  sameShapes,
		kernel: kernel{activate[float32](a, alpha), activate[float64](a, alpha)},
		grad: func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			backward := &Op{
				name:   fmt.Sprintf("%v_backward(alpha=%v)", a, alpha),
				types:  repeat(dims, 3),
				shape:  sameShapes,
				kernel: kernel{activateBackward[float32](a, alpha), activateBackward[float64](a, alpha)},
			}
			dx, err := backward.apply(in[0], y, dy)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

// Both kernels compute in float64, so that a float32 result is off by little more than its rounding. The slopes of sigmoid
// and tanh are the exception: they come from the rounded y, as in PyTorch, and lose their digits where y nears 1 or -1 (in
// float32 sigmoid's is off by 5e-4 of itself at x = 10, and by half at 17). ReLU, which is run most and costs least, has
// kernels of its own: without a function call for each element they are four times as fast.

func activate[T Float](a Activation, alpha float64) func(*call[T]) error {
	if a == ReLU {
		return relu[T]
	}
	eval := activations[a].eval
	return func(c *call[T]) error {
		for i, x := range c.in[0] {
			c.out[i] = T(eval(alpha, float64(x)))
		}
		return nil
	}
}

func activateBackward[T Float](a Activation, alpha float64) func(*call[T]) error {
	if a == ReLU {
		return reluBackward[T]
	}
	derivative := activations[a].derivative
	return func(c *call[T]) error {
		x, y, dy := c.in[0], c.in[1], c.in[2]
		for i := range c.out {
			c.out[i] = T(derivative(alpha, float64(x[i]), float64(y[i])) * float64(dy[i]))
		}
		return nil
	}
}

func relu[T Float](c *call[T]) error {
	for i, x := range c.in[0] {
		c.out[i] = max(0, x)
	}
	return nil
}

func reluBackward[T Float](c *call[T]) error {
	x := c.in[0]
	dy, dx := c.in[2][:len(x)], c.out[:len(x)] // lengths the compiler can rely on make the loop free of jumps
	for i, x := range x {
		d := dy[i]
		if x <= 0 {
			d = 0 // also where dy is infinite
		}
		dx[i] = d
	}
	return nil
}
