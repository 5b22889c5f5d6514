package scan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A slope is the gradient of a body: the gradient by what the step reads, as nodes of the body's graph, from the gradient by what it
// gives.
type slope struct {
	next, outputs gorgonia.Nodes // inputs of the graph: the gradients by Body.Next and Body.Outputs
	// by Body.Inputs, Body.States and Body.Shared; nil where the step does not depend on one
	inputs, states, shared gorgonia.Nodes
	residuals              gorgonia.Nodes // nodes of the step that the gradient reads, apart from its inputs
	forward                map[*gorgonia.Node]bool
}

// differentiate draws the gradient of the body, unless it is there. It is that of the sum of ⟨y, dy⟩ over all that the step gives.
func (p *plan) differentiate() error {
	if p.slope != nil {
		return nil
	}
	b, s := p.Body, &slope{forward: forwardOf(p.Body)}
	var loss *gorgonia.Node
	for i, y := range slices.Concat(b.Next, b.Outputs) {
		dy := standIn(y.Graph(), y, fmt.Sprintf("%s/gradient%d", p.Name, i), y.Shape())
		term, err := op.Inner(y, dy)
		if err == nil && loss != nil {
			term, err = op.Add(loss, term)
		}
		if err != nil {
			return err
		}
		loss = term
		if i < len(b.Next) {
			s.next = append(s.next, dy)
		} else {
			s.outputs = append(s.outputs, dy)
		}
	}
	if err := s.derive(b, loss); err != nil {
		return err
	}
	s.residuals = s.findResiduals(b)
	p.slope = s
	return nil
}

// derive asks Gorgonia for the gradient by those inputs of the body that the loss depends on.
func (s *slope) derive(b *op.Body, loss *gorgonia.Node) error {
	depends, err := influences(loss)
	if err != nil {
		return err
	}
	var wrt gorgonia.Nodes
	for _, n := range slices.Concat(b.Inputs, b.States, b.Shared) {
		if depends[n] {
			wrt = append(wrt, n)
		}
	}
	if len(wrt) > 0 {
		if _, err := gorgonia.Grad(loss, wrt...); err != nil {
			return errors.Wrap(err, "the gradient of the step")
		}
	}
	by := func(nodes gorgonia.Nodes) (grads gorgonia.Nodes) {
		for _, n := range nodes {
			grads = append(grads, n.Deriv())
		}
		return grads
	}
	s.inputs, s.states, s.shared = by(b.Inputs), by(b.States), by(b.Shared)
	return nil
}

// influences lists the nodes that a node depends on in a way that can be differentiated.
func influences(from *gorgonia.Node) (map[*gorgonia.Node]bool, error) {
	seen, list := map[*gorgonia.Node]bool{from: true}, gorgonia.Nodes{from}
	for i := 0; i < len(list); i++ {
		operands := op.Operands(list[i])
		if len(operands) == 0 {
			continue
		}
		o, ok := list[i].Op().(gorgonia.SDOp)
		if !ok {
			return nil, errors.Errorf("the step: operation %v has no gradient: got a %T, want a gorgonia.SDOp", list[i].Op(), list[i].Op())
		}
		for k, differs := range o.DiffWRT(len(operands)) {
			if n := operands[k]; differs && !seen[n] {
				seen[n] = true
				list = append(list, n)
			}
		}
	}
	return seen, nil
}

// forwardOf is the set of nodes that the step itself is made of.
func forwardOf(b *op.Body) map[*gorgonia.Node]bool {
	return op.Reachable(slices.Concat(b.Inputs, b.States, b.Shared, b.Next, b.Outputs)...)
}

// gradients lists the gradients that are there.
func (s *slope) gradients() gorgonia.Nodes {
	return slices.DeleteFunc(slices.Concat(s.inputs, s.states, s.shared), func(n *gorgonia.Node) bool { return n == nil })
}

// findResiduals lists the nodes of the step that its gradient reads, in the order in which they were drawn. Nodes that are computed
// from shared values alone are the same in each step, and computed again.
func (s *slope) findResiduals(b *op.Body) (list gorgonia.Nodes) {
	varies := make(map[*gorgonia.Node]bool)
	for _, n := range sorted(s.forward) {
		varies[n] = slices.Contains(b.Inputs, n) || slices.Contains(b.States, n) ||
			slices.ContainsFunc(op.Operands(n), func(operand *gorgonia.Node) bool { return varies[operand] })
	}
	read := make(map[*gorgonia.Node]bool)
	for n := range op.Reachable(s.gradients()...) {
		if s.forward[n] {
			continue
		}
		for _, operand := range op.Operands(n) {
			if s.forward[operand] && varies[operand] && operand.Op() != nil {
				read[operand] = true
			}
		}
	}
	return sorted(read)
}

// sorted lists a set of nodes in the order in which they were drawn.
func sorted(set map[*gorgonia.Node]bool) gorgonia.Nodes {
	return slices.SortedFunc(maps.Keys(set), func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
}
