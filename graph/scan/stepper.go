package scan

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// newMachine makes a machine that shows the values of nodes to taps of ours and of others, which know the step from a variable.
func (p *plan) newMachine(ours []stepTap, others *taps, step *int) *machine.Machine {
	m := machine.ForTaps(p.Body.Graph())
	for _, t := range ours {
		m.Tap(t.node, func(v gorgonia.Value) { t.call(*step, v) })
	}
	others.set(m, step)
	return m
}

// copyTo is a tap that copies a value to where the step wants it; nowhere if that is nil.
func copyTo[T op.Float](where func(step int) []T) func(step int, v gorgonia.Value) {
	return func(step int, v gorgonia.Value) {
		into := where(step)
		if x, err := op.Elements[T](v, v.Shape()); err == nil {
			copy(into, x)
		}
	}
}

// A stepper runs the steps forward.
type stepper[T op.Float] struct {
	*plan
	machine                *machine.Machine
	step                   int
	inputs, states, shared []*feed[T]
	next                   [][]T // the states after the step

	in      [][]T   // values of all inputs of the scan
	outputs [][]T   // the sequences of outputs; nil if nobody wants them
	tape    tape[T] // what is kept
}

// newStepper makes a stepper with taps of others. It gives no outputs unless they are wanted.
func newStepper[T op.Float](p *plan, outputs bool, tape layout, residuals gorgonia.Nodes, others *taps) *stepper[T] {
	b := p.Body
	s := &stepper[T]{
		plan: p, inputs: newFeeds[T](b.Inputs), states: newFeeds[T](b.States), shared: newFeeds[T](b.Shared),
		in: make([][]T, len(b.Inputs)+len(b.States)),
	}
	s.tape.layout = tape
	var ours []stepTap
	for i, n := range b.Next {
		s.next = append(s.next, make([]T, n.Shape().TotalSize()))
		ours = append(ours, stepTap{n, copyTo(func(int) []T { return s.next[i] })})
	}
	if outputs {
		s.outputs = make([][]T, len(b.Outputs))
		for i, n := range b.Outputs {
			size := n.Shape().TotalSize()
			ours = append(ours, stepTap{n, copyTo(func(step int) []T { return s.outputs[i][step*size : (step+1)*size] })})
		}
	}
	for i, n := range residuals {
		ours = append(ours, stepTap{n, copyTo(func(step int) []T { return s.tape.residual(i, step) })})
	}
	s.machine = p.newMachine(ours, others, &s.step)
	s.feed()
	return s
}

// feed makes the machine read the values of the feeds.
func (s *stepper[T]) feed() {
	feedAll(s.machine, s.Body.Inputs, s.inputs)
	feedAll(s.machine, s.Body.States, s.states)
	feedAll(s.machine, s.Body.Shared, s.shared)
}

func feedAll[T op.Float](m *machine.Machine, nodes gorgonia.Nodes, feeds []*feed[T]) {
	for i, n := range nodes {
		m.Feed(n, &feeds[i].value)
	}
}

// read takes the values of the inputs of the scan.
func (s *stepper[T]) read(in []gorgonia.Value) error {
	if err := elementsOf(s.in, in[:len(s.in)]); err != nil {
		return err
	}
	for i, f := range s.shared {
		f.value = in[len(s.in)+i]
	}
	return nil
}

// run runs steps, from the states that the feeds hold.
func (s *stepper[T]) run(from, to int) error {
	for s.step = from; s.step < to; s.step++ {
		for i, f := range s.inputs {
			size := len(f.data)
			f.point(s.in[i][s.step*size : (s.step+1)*size])
		}
		if s.tape.data != nil && s.tape.keeps(s.step) {
			for i, f := range s.states {
				copy(s.tape.state(i, s.step), f.data)
			}
		}
		if err := s.machine.RunAll(); err != nil {
			return errors.Wrapf(err, "step %d", s.step)
		}
		for i, f := range s.states {
			copy(f.data, s.next[i])
		}
	}
	return nil
}
