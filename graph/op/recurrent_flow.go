package op

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/recurrent"
)

// A RecurrentFlow reads from backpropagation through time of [Recurrent] on which ways the gradient arrives at each step.
type RecurrentFlow struct {
	// Back computes the gradients. Its value and those of its inputs are what [RecurrentFlow.Split] reads.
	Back *gorgonia.Node
	backward
}

// FlowOf finds the flow of a recurrence from the gradient dz that differentiation has drawn for Projected; ok reports whether dz is one.
func FlowOf(dz *gorgonia.Node) (f RecurrentFlow, ok bool) {
	from := Operands(dz)
	if len(from) != 1 {
		return f, false
	}
	o, ours := from[0].Op().(*Op)
	if !ours || o.backward == nil {
		return f, false
	}
	return RecurrentFlow{from[0], *o.backward}, true
}

// A FlowSplit is the gradient at some steps by the way on which it arrives: from outside, which is the loss or the layers above; from
// the step after it through the carry of the cell, which is the product with f of LSTM or z of GRU; or from that step through the
// gates and the recurrent weights. Of LSTM it is the gradient by the cell, of the other cells that by the state.
type FlowSplit struct {
	Outside, Carry, Gates []float64 // sums of squares over the batch and units, for each step
	Count                 []int     // the number of squares, which is less where sequences have ended
	// Carries are f or z at a thousand evenly spaced places at most, sorted; none of a cell without a carry.
	Carries []float64
}

// HasCarry reports whether the cell has a carry.
func (f RecurrentFlow) HasCarry() bool { return f.Cell == recurrent.LSTM || f.Cell == recurrent.GRU }

// Split splits the gradient at steps, counted from 0. It reads the value of Back and those of its inputs, see
// [machine.TapGroup.TapInputs]. A last state's own gradient counts as coming from outside. The squares of gradients below 1e-154 are 0.
func (f RecurrentFlow) Split(gradients gorgonia.Value, inputs []gorgonia.Value, steps []int) (FlowSplit, error) {
	if gradients.Dtype() == tensor.Float32 {
		return splitFlow[float32](f.backward, gradients, inputs, steps)
	}
	return splitFlow[float64](f.backward, gradients, inputs, steps)
}

func splitFlow[T Float](d backward, gradients gorgonia.Value, inputs []gorgonia.Value, steps []int) (s FlowSplit, err error) {
	for _, t := range steps {
		if t < 0 || t >= d.Steps {
			return s, errors.Errorf("flow: got step %d, want 0 to %d", t, d.Steps-1)
		}
	}
	if want := max(int(d.outputs), int(d.last), int(d.cell), 2); len(inputs) < want {
		return s, errors.Errorf("flow: got the values of %d inputs, want at least %d", len(inputs), want)
	}
	at := func(v gorgonia.Value) (x []T) {
		if err == nil {
			x, err = Elements[T](v, v.Shape())
		}
		return x
	}
	var in recurrent.Targets[T]
	if d.outputs > 0 {
		in.Outputs = at(inputs[d.outputs-1])
	}
	if d.lengths > 0 {
		in.Lengths = inputs[len(inputs)-1].Data().([]int)
	}
	record, all := at(inputs[0]), at(gradients)
	if err != nil {
		return s, errors.Wrap(err, "flow")
	}
	return FlowSplit(recurrent.FlowOf(d.Shape, in, record, all, steps)), nil
}
