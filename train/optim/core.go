package optim

import (
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A rule is what makes an optimiser different from the others.
type rule interface {
	Optimizer
	// shared gives the parts that all optimisers have: the core, the weight decay and the groups.
	shared() (c *core, decay float64, groups []Group)
	// remembers names the tensors that are kept of a parameter. All have its shape and type and begin at zero.
	remembers(p *graph.Param) []string
	// move makes the step of one parameter.
	move(u *update)
}

// An update is the step of one parameter.
type update struct {
	param       *graph.Param
	grad        *tensor.Dense
	state       []*tensor.Dense // by the names that the rule remembers
	rate, decay float64         // of this parameter
	factor      float64         // of the rate, by the parametrisation
	t           int             // number of the step, counted from 1

	level Measurement
	sums  *Sums
}

// shrink is the decoupled decay of the step. It does not follow the parametrisation.
func (u *update) shrink() float64 { return u.rate / u.factor * u.decay }

// single reports whether the parameter is of float32.
func (u *update) single() bool { return u.param.Value.Dtype() == tensor.Float32 }

// core is the part that all optimisers share.
type core struct {
	memory   memory
	loaded   bool // the memory comes from SetState and has not met the parameters yet
	patterns patterns
	meter

	now       update // kept here, because a local one would be allocated in each step
	scratch32 []float32
	scratch64 []float64
}

// step moves all trainable parameters by a rule.
func step(r rule, params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	if err := check(r, params, grads, rate); err != nil {
		return err
	}
	c, decay, _ := r.shared()
	if err := c.claim(r, params); err != nil {
		return err
	}
	c.begin(len(params))
	for i, p := range params {
		if !p.Trainable() {
			continue
		}
		s := c.memory[p.Name]
		s.steps++
		factor := parametrised(r, p)
		c.now = update{
			param: p, grad: grads[i], state: s.values, t: s.steps, level: c.level, sums: &c.sums[i],
			rate: rate * s.group.rateFactor() * factor, factor: factor, decay: s.group.decay(decay),
		}
		r.move(&c.now)
	}
	c.now = update{}
	return nil
}

// room32 gives n elements to compute in. Their values are arbitrary.
func (c *core) room32(n int) []float32 {
	c.scratch32 = slices.Grow(c.scratch32[:0], n)[:n]
	return c.scratch32
}

// room64 is room32 for float64.
func (c *core) room64(n int) []float64 {
	c.scratch64 = slices.Grow(c.scratch64[:0], n)[:n]
	return c.scratch64
}
