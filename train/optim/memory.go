package optim

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A memory is the state of an optimiser between steps, by the name of the parameter.
type memory map[string]*slot

// A slot is the state that belongs to one parameter.
type slot struct {
	param  *graph.Param
	steps  int             // taken so far
	values []*tensor.Dense // of the parameter's shape and type, zeros at first
}

// claim makes sure that there is a slot with n tensors for each trainable parameter. It returns an error for a parameter that
// only has the name of an earlier one: two networks must not share their momentum.
func (m memory) claim(params []*graph.Param, n int) error {
	for _, p := range params {
		if s := m[p.Name]; s != nil && s.param != p {
			return errors.Errorf("optim: the optimiser has already moved another parameter named %s: use one optimiser for each network", p.Name)
		}
	}
	for _, p := range params {
		if p.Trainable() && m[p.Name] == nil {
			m[p.Name] = newSlot(p, n)
		}
	}
	return nil
}

func newSlot(p *graph.Param, n int) *slot {
	s := &slot{param: p, values: make([]*tensor.Dense, n)}
	for i := range s.values {
		s.values[i] = tensor.New(tensor.Of(p.Value.Dtype()), tensor.WithShape(p.Value.Shape()...))
	}
	return s
}
