package machine

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Place makes runs write the value of an output into memory of the caller: that of a tensor of its shape and type, in row-major order.
// Values next to each other can then be read as one. The value of an operation of Gorgonia's own, of a constant and of a number lies
// elsewhere still: compare its address.
func (m *Machine) Place(n *gorgonia.Node, memory *tensor.Dense) error {
	if memory.Dtype() != n.Dtype() || !memory.Shape().Eq(n.Shape()) || memory.RequiresIterator() || memory.DataOrder().IsColMajor() {
		return errors.Errorf("machine: memory for node %d (%v): got %v of shape %v, want contiguous %v of shape %v",
			n.ID(), n, memory.Dtype(), memory.Shape(), n.Dtype(), n.Shape())
	}
	if m.places == nil {
		m.places = make(map[*gorgonia.Node]*tensor.Dense)
	}
	m.places[n] = memory
	m.forget()
	return nil
}

// takePlaces tells the steps of outputs which memory they were given.
func (c *compilation) takePlaces() {
	for _, s := range c.steps {
		for _, b := range s.bindings {
			if place := c.machine.places[b.node]; place != nil && s.output {
				s.place = place
			}
		}
	}
}
