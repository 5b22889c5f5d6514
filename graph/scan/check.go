package scan

import (
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// check returns an error for a recurrence that cannot be drawn over the given nodes.
func (c Config) check(sequences, states gorgonia.Nodes) error {
	switch {
	case c.Name == "":
		return errors.New("got no name, want one that no other recurrence of the graph has")
	case c.Step == nil:
		return errors.New("got no step, want a function that draws it")
	case c.Truncate < 0 || c.Segment < 0:
		return errors.Errorf("got Truncate %d and Segment %d, want numbers of steps, or 0", c.Truncate, c.Segment)
	case len(sequences) == 0:
		return errors.New("got no sequence, want at least one (its first axis is the number of steps)")
	}
	for i, n := range sequences {
		switch {
		case n == nil || len(n.Shape()) == 0 || n.Shape()[0] < 1:
			return errors.Errorf("sequence %d: got %v, want a tensor whose first axis is the number of steps", i, describe(n))
		case n.Shape()[0] != sequences[0].Shape()[0]:
			return errors.Errorf("sequence %d: got %d steps, want %d as in sequence 0", i, n.Shape()[0], sequences[0].Shape()[0])
		}
	}
	for i, n := range slices.Concat(sequences, states) {
		if n == nil || n.Graph() != sequences[0].Graph() || n.Dtype() != sequences[0].Dtype() {
			return errors.Errorf("state %d: got %v, want a node of the graph and type of the sequences", i-len(sequences), n)
		}
	}
	return c.checkName(sequences[0].Graph())
}

// checkName returns an error if the graph has another recurrence of the name: operations of one name become one node.
func (c Config) checkName(g *gorgonia.ExprGraph) error {
	for _, n := range g.AllNodes() {
		o, ours := n.Op().(*op.Op)
		if ours && o.Scan() != nil && o.Scan().Recurrence == c.Name {
			return errors.New("the graph has a recurrence of this name (give each a name of its own)")
		}
	}
	return nil
}

// checkBody returns an error if a node of the step cannot run there.
func checkBody(b *op.Body) error {
	if len(b.Next)+len(b.Outputs) == 0 {
		return errors.New("the step: got neither states nor outputs")
	}
	inputs := slices.Concat(b.Inputs, b.States, b.Shared)
	for i, n := range slices.Concat(b.Next, b.Outputs) {
		if n == nil || n.Graph() != inputs[0].Graph() {
			return errors.Errorf("the step: result %d: got %v, want a node of the step's graph (pass values from outside through Scope.Shared)", i, n)
		}
	}
	for n := range op.Reachable(slices.Concat(b.Next, b.Outputs)...) {
		if n.Op() == nil && !slices.Contains(inputs, n) {
			return errors.Errorf("the step reads %q: got an input from outside, want one that Scope.Shared gives", n.Name())
		}
		if err := checkOp(n); err != nil {
			return err
		}
	}
	return nil
}

// checkOp returns an error for an operation that cannot run in a step.
func checkOp(n *gorgonia.Node) error {
	kind := op.SpecOf(n).Kind
	o, isSource := n.Op().(interface{ RandomSource() *rand.PCG })
	if isSource && o.RandomSource() != nil || kind == op.KindRandom || kind == op.KindDropout {
		return errors.Errorf("the step: got operation %v, which draws random numbers, want none "+
			"(draw a mask outside of the step, and pass it as a sequence or as a shared value)", n.Op())
	}
	if _, hasMode := n.Op().(interface{ SetTraining(training bool) error }); hasMode {
		return errors.Errorf("the step: got operation %v, which has running statistics, want none (normalise over the features)", n.Op())
	}
	return nil
}

func describe(n *gorgonia.Node) any {
	if n == nil {
		return "no node"
	}
	return n.Shape()
}
