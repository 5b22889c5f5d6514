package optim

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// An Optimizer moves parameters by their gradients.
type Optimizer interface {
	// Rate is the learning rate the optimiser is configured with.
	Rate() float64
	// Step moves each trainable parameter in place, by the gradient of the same index and at the given learning rate.
	// The rate is an argument, so that a schedule can change it from step to step. Parameters that are not trainable stay
	// as they are, and their gradients may be nil. After an error nothing has moved.
	Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error
	// Validate returns an error that names the first number of the configuration that is out of range, if any.
	Validate() error
	// String names the optimiser with its numbers.
	String() string
}

// check returns an error if a Step cannot be made with these arguments.
func check(o Optimizer, params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if !(rate >= 0 && rate < inf) {
		return errors.Errorf("optim: learning rate: got %g, want a finite number of at least 0", rate)
	}
	if len(params) != len(grads) {
		return errors.Errorf("optim: number of gradients: got %d, want %d, one for each parameter", len(grads), len(params))
	}
	for i, p := range params {
		if !p.Trainable() {
			continue
		}
		if err := checkGradient(p, grads[i]); err != nil {
			return errors.Wrapf(err, "optim: parameter %s", p.Name)
		}
		if parametrised(o, p) == 0 {
			return errors.Errorf("optim: parameter %s: got %v for a model in graph.MuP, want SGD or an optimiser that scales each element, such as Adam",
				p.Name, o)
		}
	}
	return nil
}

func checkGradient(p *graph.Param, g *tensor.Dense) error {
	if g == nil {
		return errors.New("the gradient is nil")
	}
	if dt := p.Value.Dtype(); dt != tensor.Float32 && dt != tensor.Float64 {
		return errors.Errorf("got a value of %v, want float32 or float64", dt)
	}
	if g.Dtype() != p.Value.Dtype() || !g.Shape().Eq(p.Value.Shape()) {
		return errors.Errorf("got a gradient of shape %v of %v, want %v of %v, as the parameter",
			g.Shape(), g.Dtype(), p.Value.Shape(), p.Value.Dtype())
	}
	if g.RequiresIterator() || g.DataOrder().IsColMajor() {
		return errors.New("the gradient is a transposed or strided view: copy it row by row first")
	}
	return nil
}

var inf = math.Inf(1)

// checkRange returns an error if a number lies outside [0, below).
func checkRange(optimizer, name string, value, below float64) error {
	if value >= 0 && value < below {
		return nil
	}
	return errors.Errorf("optim: %s.%s: got %g, want a number in [0, %g)", optimizer, name, value, below)
}

// A limit holds a number of a configuration to [0, below).
type limit struct {
	name         string
	value, below float64
}

// validate checks the numbers of an optimiser and its groups.
func validate(r rule, name string, limits ...limit) error {
	for _, l := range limits {
		if err := checkRange(name, l.name, l.value, l.below); err != nil {
			return err
		}
	}
	c, _, groups := r.shared()
	for _, g := range groups {
		if err := g.validate(name); err != nil {
			return err
		}
		if err := c.patterns.compile(g.Params, name, "Groups"); err != nil {
			return err
		}
	}
	return nil
}

func orDefault(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}
