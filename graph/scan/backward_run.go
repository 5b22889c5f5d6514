package scan

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// Run computes the gradients by all inputs of the recurrence.
func (r *backward[T]) Run(out gorgonia.Value, in []gorgonia.Value) error {
	if err := r.Compile(nil); err != nil {
		return err
	}
	packed, err := op.Elements[T](out, out.Shape())
	if err != nil {
		return err
	}
	if err := r.read(in); err != nil {
		return err
	}
	clear(packed)
	packed = r.place(r.dInputs, packed, func(i int) int { return r.steps * len(r.inputs[i].data) })
	packed = r.place(r.dStates, packed, func(i int) int { return len(r.states[i].data) })
	r.place(r.dSums, packed, func(i int) int { return r.sharedSizes[i] })
	r.taps.begin()
	r.start()
	if err := r.segments(); err != nil {
		return err
	}
	for i, f := range r.next {
		copy(r.dStates[i], f.data)
	}
	return nil
}

// place cuts results off the vector of results.
func (r *backward[T]) place(into [][]T, packed []T, size func(i int) int) (rest []T) {
	for i := range into {
		n := size(i)
		into[i], packed = packed[:n], packed[n:]
	}
	return packed
}

// read takes the values of the inputs of the operation.
func (r *backward[T]) read(in []gorgonia.Value) error {
	if err := elementsOf(r.in, in[:len(r.in)]); err != nil {
		return err
	}
	for i, f := range r.shared {
		f.value = in[len(r.in)+i]
	}
	packed, err := op.Elements[T](in[len(r.in)+len(r.shared)], in[len(r.in)+len(r.shared)].Shape())
	if err != nil {
		return err
	}
	r.kept.data = packed[len(packed)-r.kept.size:]
	for i, at := range r.at {
		if at < 0 {
			continue
		}
		if r.by[i], err = op.Elements[T](in[at], in[at].Shape()); err != nil {
			return err
		}
	}
	if r.again != nil {
		return r.again.read(in)
	}
	return nil
}

// start takes the gradients by the final states.
func (r *backward[T]) start() {
	for i, f := range r.next {
		if by := r.by[len(r.outputs)+i]; by != nil {
			copy(f.data, by)
			continue
		}
		fill(f.data)
	}
}

// segments runs all steps backward, a segment at a time.
func (r *backward[T]) segments() error {
	if r.again == nil {
		return r.run(&r.kept, 0, r.steps)
	}
	for from := (r.steps - 1) / r.Segment * r.Segment; from >= 0; from -= r.Segment {
		to := min(from+r.Segment, r.steps)
		for i, f := range r.again.states {
			copy(f.data, r.kept.state(i, from))
		}
		r.again.tape.first = from
		if err := r.again.run(from, to); err != nil {
			return err
		}
		if err := r.run(&r.again.tape, from, to); err != nil {
			return err
		}
	}
	return nil
}

// run runs the steps of a tape backward.
func (r *backward[T]) run(t *tape[T], from, to int) error {
	for r.step = to - 1; r.step >= from; r.step-- {
		after := r.steps - 1 - r.step // number of later steps
		if r.Truncate > 0 && after > 0 && after%r.Truncate == 0 {
			for _, f := range r.next {
				fill(f.data)
			}
		}
		r.point(t)
		if err := r.machine.RunAll(); err != nil {
			return errors.Wrapf(err, "gradient of step %d", r.step)
		}
		for i, f := range r.next {
			copy(f.data, r.before[i])
		}
	}
	return nil
}

// point gives the machine the values that the gradient of the step reads.
func (r *backward[T]) point(t *tape[T]) {
	for i, f := range r.inputs {
		size := len(f.data)
		f.point(r.in[i][r.step*size : (r.step+1)*size])
	}
	for i, f := range r.states {
		f.point(t.state(i, r.step))
	}
	for i, f := range r.residuals {
		f.point(t.residual(i, r.step))
	}
	for i, f := range r.outputs {
		size := len(r.none[i])
		if r.by[i] == nil {
			f.point(r.none[i])
			continue
		}
		f.point(r.by[i][r.step*size : (r.step+1)*size])
	}
}

// fill makes all numbers minus zero, which added to any number is that number, to the bit.
func fill[T op.Float](x []T) {
	minusZero := T(math.Copysign(0, -1))
	for i := range x {
		x[i] = minusZero
	}
}
