package scan

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// unroll draws each step into the graph. Nodes of their own stand for what a step reads and gives, so that gradients are added in
// the order in which the operation of a recurrence adds them.
func (c Config) unroll(sequences, states gorgonia.Nodes) (outputs, final gorgonia.Nodes, err error) {
	u := unrolling{Config: c, steps: sequences[0].Shape()[0], shared: make(map[*gorgonia.Node]*gorgonia.Node)}
	if sequences, err = u.each(sequences, "sequence", 0); err != nil {
		return nil, nil, err
	}
	if states, err = u.each(states, "state", 0); err != nil {
		return nil, nil, err
	}
	columns := make([]gorgonia.Nodes, 0) // the elements of each output
	for u.step = range u.steps {
		var out gorgonia.Nodes
		if states, out, err = u.draw(sequences, states); err != nil {
			return nil, nil, err
		}
		for i, n := range out {
			if u.step == 0 {
				columns = append(columns, nil)
			}
			columns[i] = append(columns[i], n)
		}
	}
	for _, column := range columns {
		n, err := op.Stack(column...)
		if err != nil {
			return nil, nil, err
		}
		outputs = append(outputs, n)
	}
	return outputs, states, nil
}

// An unrolling is a recurrence that is being unrolled.
type unrolling struct {
	Config
	steps, step int
	shared      map[*gorgonia.Node]*gorgonia.Node // what a shared value is in the next step, by the value
}

// draw draws one step. It gives the states that the next step reads, and the outputs.
func (u *unrolling) draw(sequences, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
	inputs := make(gorgonia.Nodes, len(sequences))
	for i, n := range sequences {
		if inputs[i], err = op.StepOf(n, u.step); err != nil {
			return nil, nil, err
		}
	}
	scope := newScope(sequences[0].Graph(), u.share)
	if next, outputs, err = scope.run(u.Step, inputs, states); err != nil {
		return nil, nil, err
	}
	if next, err = u.each(next, "state", u.step+1); err != nil {
		return nil, nil, err
	}
	outputs, err = u.each(outputs, "output", u.step)
	return next, outputs, err
}

// each gives nodes that stand for others in a step. The gradient by a state ends where it is truncated.
func (u *unrolling) each(nodes gorgonia.Nodes, kind string, step int) (list gorgonia.Nodes, err error) {
	mark := op.Step
	if later := u.steps - step; kind == "state" && u.Truncate > 0 && step > 0 && later > 0 && later%u.Truncate == 0 {
		mark = op.CutStep
	}
	for i, n := range nodes {
		in, err := mark(n, fmt.Sprintf("%s/%s%d", u.Name, kind, i), step)
		if err != nil {
			return nil, err
		}
		list = append(list, in)
	}
	return list, nil
}

// share gives the node that stands for a shared value in the step. It also makes the node for the next step, so that the gradient is
// summed from the last step to the first.
func (u *unrolling) share(n *gorgonia.Node) (*gorgonia.Node, error) {
	now := u.shared[n]
	if now == nil {
		now = n
	}
	if u.step+1 < u.steps {
		later, err := op.Step(now, fmt.Sprintf("%s/later", u.Name), u.step)
		if err != nil {
			return nil, err
		}
		u.shared[n] = later
	}
	return op.Step(now, fmt.Sprintf("%s/shared", u.Name), u.step)
}
