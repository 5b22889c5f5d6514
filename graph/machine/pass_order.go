package machine

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// order lists the steps that outputs and taps need, each after its inputs. Otherwise nodes come in the order in which they
// were made: Gorgonia's differentiation makes the gradients of one operation side by side, while what they read is at hand.
func order(c *compilation) error {
	m := c.machine
	if m.graph == nil {
		return errors.New("machine: the machine's graph is nil")
	}
	wanted := slices.Clone(m.outputs)
	for _, g := range m.groups {
		if !g.on {
			continue
		}
		for n := range g.taps {
			wanted = append(wanted, m.computes(n))
		}
	}
	o := ordering{machine: m, found: make(map[*gorgonia.Node]*step)}
	if err := o.find(wanted); err != nil {
		return err
	}
	nodes := slices.SortedFunc(maps.Keys(o.found), func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	for _, n := range nodes {
		o.place(o.found[n])
	}
	for _, n := range m.outputs {
		o.found[n].kept, o.found[n].output = true, true
	}
	c.steps = o.steps
	return findModals(c)
}

// An ordering is the list of steps so far.
type ordering struct {
	machine *Machine
	found   map[*gorgonia.Node]*step
	steps   []*step
}

// find makes steps of nodes and of all they are computed from.
func (o *ordering) find(nodes []*gorgonia.Node) error {
	for len(nodes) > 0 {
		n := nodes[len(nodes)-1]
		nodes = nodes[:len(nodes)-1]
		if n == nil {
			return errors.New("machine: a node to compute or to tap is nil (gradients exist only after a call of gorgonia.Grad)")
		}
		if n.Graph() != o.machine.graph {
			return errors.Errorf("machine: node %d (%v): got a node of another graph, want one of the machine's", n.ID(), n)
		}
		if o.found[n] != nil {
			continue
		}
		s, err := newStep(n, o.machine.fed[n])
		if err != nil {
			return o.machine.explain(s, err)
		}
		s.taps, s.kept = o.machine.tapsOf(n), o.machine.keeping != keepOutputs
		if s.kind == isConstant && s.taps != nil {
			s.kind = isStock // computed in each run, for its taps
		}
		s.setReads()
		o.found[n] = s
		nodes = append(nodes, s.reads...)
	}
	return nil
}

// place appends the steps for a step's inputs, if they are not there yet, then the step.
func (o *ordering) place(s *step) {
	if s.placed {
		return
	}
	s.placed = true
	for _, n := range s.reads {
		input := o.found[n]
		o.place(input)
		s.inputs = append(s.inputs, input)
	}
	o.steps = append(o.steps, s)
}
