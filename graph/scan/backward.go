package scan

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
)

// backward runs the operation of a recurrence's gradient: backpropagation through time.
type backward[T op.Float] struct {
	*plan
	taps
	at      []int            // see plan.gradient
	machine *machine.Machine // nil until compiled
	again   *stepper[T]      // runs the steps of a segment again; nil if the values of all steps are kept

	step                              int
	inputs, states, shared, residuals []*feed[T]
	next, outputs                     []*feed[T] // the gradients by what the step gives
	before                            [][]T      // the gradients by the states before the step
	none                              [][]T      // the gradient by an output that nothing reads
	flushed                           kernel.Flushed

	in, by         [][]T // values of sequences and first states, and the gradients by outputs and final states; nil if not there
	kept           tape[T]
	dInputs, dSums [][]T // results: the gradients by sequences and shared values; nil if nobody wants them
	dStates        [][]T // results: the gradients by the first states
}

// Compile makes the machine.
func (r *backward[T]) Compile(wanted []bool) error {
	if r.machine == nil {
		r.make(wanted)
	}
	if r.again != nil {
		if err := r.again.machine.Compile(); err != nil {
			return err
		}
	}
	return r.machine.Compile()
}

func (r *backward[T]) make(wanted []bool) {
	b, s := r.Body, r.slope
	r.inputs, r.states, r.shared = newFeeds[T](b.Inputs), newFeeds[T](b.States), newFeeds[T](b.Shared)
	r.next, r.outputs, r.residuals = newFeeds[T](s.next), newFeeds[T](s.outputs), newFeeds[T](s.residuals)
	r.in, r.by = make([][]T, len(b.Inputs)+len(b.States)), make([][]T, len(r.at))
	r.dInputs, r.dStates, r.dSums = make([][]T, len(b.Inputs)), make([][]T, len(b.States)), make([][]T, len(b.Shared))
	r.before, r.none = filled[T](b.States), filled[T](b.Outputs)
	r.kept.layout = r.plan.tape
	r.machine = r.newMachine(r.results(wanted), &r.taps, &r.step)
	for _, list := range []struct {
		nodes gorgonia.Nodes
		feeds []*feed[T]
	}{
		{b.Inputs, r.inputs}, {b.States, r.states}, {b.Shared, r.shared},
		{s.next, r.next}, {s.outputs, r.outputs}, {s.residuals, r.residuals},
	} {
		feedAll(r.machine, list.nodes, list.feeds)
	}
	if r.Segment > 0 {
		segment := newLayout(b, s.residuals, min(r.Segment, r.steps), 1)
		r.again = newStepper[T](r.plan, false, segment, s.residuals, new(taps))
		r.again.tape.data = make([]T, segment.size)
	}
}

// results are taps that take the gradients of a step.
func (r *backward[T]) results(wanted []bool) (taps []stepTap) {
	add := func(n *gorgonia.Node, result int, call func(step int, v gorgonia.Value)) {
		if n != nil && (wanted == nil || wanted[result]) {
			taps = append(taps, stepTap{n, call})
		}
	}
	for i, n := range r.slope.states { // always wanted: an earlier step reads them
		if n != nil {
			taps = append(taps, stepTap{n, copyTo(func(int) []T { return r.before[i] })})
		}
	}
	for i, n := range r.slope.inputs {
		size := r.Body.Inputs[i].Shape().TotalSize()
		add(n, i, copyTo(func(step int) []T { return r.dInputs[i][step*size : (step+1)*size] }))
	}
	for i, n := range r.slope.shared {
		add(n, len(r.Body.Inputs)+len(r.Body.States)+i, func(step int, v gorgonia.Value) { r.sum(r.dSums[i], v) })
	}
	return taps
}

// sum adds the gradient by a shared value in a step to that in later steps.
func (r *backward[T]) sum(into []T, v gorgonia.Value) {
	x, err := op.Elements[T](v, v.Shape())
	switch {
	case err != nil:
	case r.step == r.steps-1:
		copy(into, x)
	default:
		kernel.Add(&r.flushed, into, into, x)
	}
}

// filled makes memory for the gradients by nodes, of minus zero.
func filled[T op.Float](nodes gorgonia.Nodes) (all [][]T) {
	for _, n := range nodes {
		x := make([]T, n.Shape().TotalSize())
		fill(x)
		all = append(all, x)
	}
	return all
}

var _ op.Runner = (*backward[float32])(nil)
