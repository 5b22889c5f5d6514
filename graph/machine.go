package graph

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// A Machine runs an expression graph: any graph, also one written by hand with Gorgonia's own operations. It computes
// what its outputs need and nothing else, in an order fixed when it is compiled, and each node into memory of its own
// that is kept from run to run, so that two values never share memory by accident.
//
// Values are bound to their nodes: after RunAll, n.Value() of any computed node and w.Grad() of any parameter are those
// of the last run, until the next.
type Machine struct {
	graph    *gorgonia.ExprGraph
	outputs  gorgonia.Nodes
	taps     map[*gorgonia.Node][]*tap
	locate   func(*gorgonia.Node) string // the layer of a node, for error messages
	steps    []*step
	compiled bool
	closed   bool
}

var _ gorgonia.VM = (*Machine)(nil)

// NewMachine makes a machine that computes the outputs, or all roots of the graph if none are named.
func NewMachine(g *gorgonia.ExprGraph, outputs ...*gorgonia.Node) *Machine {
	return &Machine{
		graph: g, outputs: outputs,
		taps:   make(map[*gorgonia.Node][]*tap),
		locate: func(*gorgonia.Node) string { return "" },
	}
}

// Tap calls f with the value of a node in each run, right after it is computed. A node that no output needs is computed
// for the tap. The value must not be changed, and is overwritten by the next run. A panic of f ends the run with an error
// that names the node. Calling remove takes the tap off again; neither may be done from within a tap.
func (m *Machine) Tap(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	t := &tap{f}
	m.taps[n] = append(m.taps[n], t)
	m.compiled = false
	return func() {
		others := slices.DeleteFunc(slices.Clone(m.taps[n]), func(other *tap) bool { return other == t })
		if m.taps[n] = others; len(others) == 0 {
			delete(m.taps, n)
		}
		m.compiled = false
	}
}

// A tap is a function to call, with an identity to find it by.
type tap struct{ call func(gorgonia.Value) }

// RunAll computes the outputs from the values bound to the graph's inputs.
func (m *Machine) RunAll() error {
	if m.closed {
		return errors.New("graph: the machine is closed")
	}
	if !m.compiled {
		if err := m.compile(); err != nil {
			return err
		}
	}
	for _, s := range m.steps {
		if err := s.run(); err != nil {
			return m.explain(s, err)
		}
		if err := s.callTaps(); err != nil {
			return m.explain(s, err)
		}
	}
	return nil
}

// Reset does nothing: the machine is always ready to run again.
func (m *Machine) Reset() {}

// Close lets go of the machine's memory. It cannot run again.
func (m *Machine) Close() error {
	m.steps, m.closed = nil, true
	return nil
}

// compile orders the nodes that outputs and taps need so that each comes after what it is computed from.
func (m *Machine) compile() error {
	wanted := m.outputs
	if len(wanted) == 0 {
		wanted = m.graph.Roots()
	}
	for _, n := range m.graph.AllNodes() {
		if m.taps[n] != nil {
			wanted = append(wanted[:len(wanted):len(wanted)], n)
		}
	}
	old := make(map[*gorgonia.Node]*step)
	for _, s := range m.steps {
		old[s.node] = s
	}
	m.steps = m.steps[:0:0]
	done := make(map[*gorgonia.Node]*step)
	for _, n := range wanted {
		if _, err := m.schedule(n, done, old); err != nil {
			return err
		}
	}
	m.compiled = true
	return nil
}

// schedule appends the steps for a node's inputs, then its own. Steps of an earlier compilation keep their memory.
func (m *Machine) schedule(n *gorgonia.Node, done, old map[*gorgonia.Node]*step) (*step, error) {
	if s := done[n]; s != nil {
		return s, nil
	}
	s := old[n]
	if s == nil {
		s = newStep(n)
	}
	s.inputs, s.taps = s.inputs[:0], m.taps[n]
	for _, child := range children(n) {
		input, err := m.schedule(child, done, old)
		if err != nil {
			return nil, err
		}
		s.inputs = append(s.inputs, input)
	}
	if err := s.check(); err != nil {
		return nil, m.explain(s, err)
	}
	done[n] = s
	m.steps = append(m.steps, s)
	return s, nil
}
