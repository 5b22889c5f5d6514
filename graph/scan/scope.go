package scan

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A Scope is where one step of a recurrence is drawn.
type Scope struct {
	graph  *gorgonia.ExprGraph
	shared func(n *gorgonia.Node) (*gorgonia.Node, error)
	given  map[*gorgonia.Node]*gorgonia.Node // what stands for shared values, by the values
	err    error                             // the first one
}

func newScope(g *gorgonia.ExprGraph, shared func(n *gorgonia.Node) (*gorgonia.Node, error)) *Scope {
	return &Scope{graph: g, shared: shared, given: make(map[*gorgonia.Node]*gorgonia.Node)}
}

// Graph is the graph in which the step is drawn.
func (s *Scope) Graph() *gorgonia.ExprGraph { return s.graph }

// Shared gives the node that stands in the step for a value from outside that is the same in all steps, such as a parameter. Its
// gradient is the sum over the steps. Draw returns an error if there was one.
func (s *Scope) Shared(n *gorgonia.Node) *gorgonia.Node {
	if in := s.given[n]; in != nil {
		return in
	}
	in, err := s.shared(n)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.given[n] = in
	return in
}

// run draws the step.
func (s *Scope) run(step Step, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
	next, outputs, err = step(s, inputs, states)
	if s.err != nil {
		err = s.err
	}
	if err == nil {
		err = checkStates(states, next)
	}
	return next, outputs, errors.Wrap(err, "the step")
}

// checkStates compares the states after a step with those before it.
func checkStates(before, after gorgonia.Nodes) error {
	if len(before) != len(after) {
		return errors.Errorf("got %d states before and %d after it, want the same number", len(before), len(after))
	}
	for i, n := range after {
		if n == nil || !n.Shape().Eq(before[i].Shape()) {
			return errors.Errorf("state %d: got %v after it, want shape %v as before it", i, describe(n), before[i].Shape())
		}
	}
	return nil
}

// body draws the step in a graph of its own. It also returns the nodes that the shared values stand for.
func (c Config) body(sequences, states gorgonia.Nodes) (b *op.Body, shared gorgonia.Nodes, err error) {
	g := gorgonia.NewGraph()
	stand := func(of *gorgonia.Node, kind string, i int, shape tensor.Shape) *gorgonia.Node {
		return standIn(g, of, fmt.Sprintf("%s/%s%d", c.Name, kind, i), shape)
	}
	b = &op.Body{}
	for i, n := range sequences {
		b.Inputs = append(b.Inputs, stand(n, "input", i, n.Shape()[1:]))
	}
	for i, n := range states {
		b.States = append(b.States, stand(n, "state", i, n.Shape()))
	}
	s := newScope(g, func(n *gorgonia.Node) (*gorgonia.Node, error) {
		if n == nil || n.Graph() != sequences[0].Graph() || n.Dtype() != sequences[0].Dtype() {
			return nil, errors.Errorf("shared value %v: got a node of another graph or type, want one like those of the sequences", n)
		}
		in := stand(n, "shared", len(shared), n.Shape())
		b.Shared, shared = append(b.Shared, in), append(shared, n)
		return in, nil
	})
	b.Next, b.Outputs, err = s.run(c.Step, b.Inputs, b.States)
	return b, shared, err
}

// standIn is an input of a graph for values of the type of a node.
func standIn(g *gorgonia.ExprGraph, of *gorgonia.Node, name string, shape tensor.Shape) *gorgonia.Node {
	if len(shape) == 0 {
		return gorgonia.NewScalar(g, of.Dtype(), gorgonia.WithName(name))
	}
	return gorgonia.NewTensor(g, of.Dtype(), len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}
