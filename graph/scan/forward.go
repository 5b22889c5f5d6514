package scan

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// forward runs the operation of a recurrence.
type forward[T op.Float] struct {
	*plan
	taps
	stepper *stepper[T] // nil until compiled
}

// Compile makes the machine.
func (f *forward[T]) Compile([]bool) error {
	if f.stepper == nil {
		f.stepper = newStepper[T](f.plan, true, f.tape, f.residuals(), &f.taps)
	}
	return f.stepper.machine.Compile()
}

// Run computes outputs, final states and the tape.
func (f *forward[T]) Run(out gorgonia.Value, in []gorgonia.Value) error {
	if err := f.Compile(nil); err != nil {
		return err
	}
	packed, err := op.Elements[T](out, out.Shape())
	if err != nil {
		return err
	}
	f.begin()
	s := f.stepper
	if err := s.read(in); err != nil {
		return err
	}
	for i, size := range f.outputSizes {
		s.outputs[i], packed = packed[:f.steps*size], packed[f.steps*size:]
	}
	final := packed
	for _, x := range s.next {
		packed = packed[len(x):]
	}
	s.tape.data = packed
	for i, state := range s.states {
		copy(state.data, s.in[len(s.inputs)+i])
	}
	if err := s.run(0, f.steps); err != nil {
		return err
	}
	for _, x := range s.next {
		copy(final, x)
		final = final[len(x):]
	}
	return nil
}

var _ op.Runner = (*forward[float32])(nil)
