package optim

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A memory is the state of an optimiser between steps, by the name of the parameter.
type memory map[string]*slot

// A slot is the state that belongs to one parameter.
type slot struct {
	param  *graph.Param // nil after SetState, until the first step
	group  *Group       // nil if the parameter belongs to none
	steps  int          // taken so far
	names  []string
	values []*tensor.Dense // of the parameter's shape and type, by names
}

// claim makes sure that there is a slot for each trainable parameter. It returns an error for a parameter that only has the name
// of an earlier one: two networks must not share their momentum.
func (c *core) claim(r rule, params []*graph.Param) error {
	for _, p := range params {
		if s := c.memory[p.Name]; s != nil && s.param != nil && s.param != p {
			return errors.Errorf("optim: the optimiser has already moved another parameter named %s: use one optimiser for each network", p.Name)
		}
	}
	if err := c.meet(r, params); err != nil {
		return err
	}
	if c.memory == nil {
		c.memory = make(memory)
	}
	_, _, groups := r.shared()
	for _, p := range params {
		if !p.Trainable() {
			continue
		}
		s := c.memory[p.Name]
		if s == nil {
			s = new(slot)
			c.memory[p.Name] = s
		}
		if s.param == nil {
			s.param, s.group = p, c.patterns.find(groups, p.Name)
		}
		s.keep(r.remembers(p))
	}
	return nil
}

// keep makes the tensors of these names, zeros at first. It drops others, which a changed configuration no longer needs.
func (s *slot) keep(names []string) {
	if slices.Equal(s.names, names) {
		return
	}
	values := make([]*tensor.Dense, len(names))
	for i, name := range names {
		if at := slices.Index(s.names, name); at >= 0 {
			values[i] = s.values[at]
			continue
		}
		values[i] = tensor.New(tensor.Of(s.param.Value.Dtype()), tensor.WithShape(s.param.Value.Shape()...))
	}
	s.names, s.values = names, values
}
