package op

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/recurrent"
)

// RecurrentOutputs are the states (batch, steps, hidden) of the record of [Recurrent]. Those after a sequence's end are zeros.
//
// Differentiation draws backpropagation through time for it, and once more for [RecurrentLast] if the loss depends on both. The
// gradients are added.
func RecurrentOutputs(record *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentState(record, "outputs", func(d recurrence) (recurrent.Range, tensor.Shape) {
		return d.Record().Outputs, tensor.Shape{d.Batch, d.Steps, d.Hidden}
	})
}

// RecurrentLast is the state (1, batch, hidden) after the last step of each sequence, which in reverse is the first. Of LSTM it is the
// state and the cell (2, batch, hidden).
func RecurrentLast(record *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentState(record, "last", func(d recurrence) (recurrent.Range, tensor.Shape) {
		r := d.Record().Last
		return r, tensor.Shape{(r.To - r.From) / (d.Batch * d.Hidden), d.Batch, d.Hidden}
	})
}

// RecurrentGates are the gates after their activations. Of LSTM they are i, f, g, o (batch, steps, 4·hidden): f is the share of the
// cell that passes on to the next step. Of GRU they are r, z, n and u + b_hh of n: z is the share of the state that passes on. They have
// no gradient.
func RecurrentGates(record *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentInside(record, "gates", func(d recurrence) recurrent.Range { return d.Record().Gates })
}

// RecurrentCells are the cells (batch, steps, hidden) of LSTM. They have no gradient.
func RecurrentCells(record *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentInside(record, "cells", func(d recurrence) recurrent.Range { return d.Record().Cells })
}

// recurrenceOf is the recurrence that has computed a record.
func recurrenceOf(record *gorgonia.Node) (d recurrence, err error) {
	if record != nil {
		if o, ours := record.Op().(*Op); ours && o.recurrence != nil && o.spec.Kind == KindRecurrent {
			return *o.recurrence, nil
		}
	}
	return d, errors.Errorf("got node %v, want the result of Recurrent", record)
}

// recurrentState draws a part of a record that has a gradient. Its op also reads what the recurrence has read, to which it gives the
// gradients; the record itself has none.
func recurrentState(record *gorgonia.Node, name string, part func(recurrence) (recurrent.Range, tensor.Shape)) (*gorgonia.Node, error) {
	d, err := recurrenceOf(record)
	if err != nil {
		return nil, errors.Wrap(err, "recurrent "+name)
	}
	at, shape := part(d)
	o := partOp(fmt.Sprintf("%s of %v", name, d), record, at.From, shape)
	whole := record.Op().(*Op)
	o.spec, o.recurrence = d.spec(KindRecurrentPart, name), whole.recurrence
	o.types = slices.Concat(o.types[:1], whole.types[:whole.Arity()], o.types[1:])
	o.shape = func(in []tensor.Shape) (tensor.Shape, error) {
		size, err := d.check(in[1:])
		if err == nil && !slices.Equal(in[0], size) {
			err = errors.Errorf("input 0: got shape %v, want %v", in[0], size)
		}
		return shape.Clone(), err
	}
	o.wrt = []bool{false}
	for i := range whole.Arity() {
		o.wrt = append(o.wrt, slot(i+1) != d.lengths)
	}
	o.grad = func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		return d.gradients(in[0], in[1:], dy, name == "last")
	}
	return o.apply(append(gorgonia.Nodes{record}, Operands(record)...)...)
}

// recurrentInside draws a part of a record that has no gradient.
func recurrentInside(record *gorgonia.Node, name string, part func(recurrence) recurrent.Range) (*gorgonia.Node, error) {
	d, err := recurrenceOf(record)
	if err != nil {
		return nil, errors.Wrap(err, "recurrent "+name)
	}
	r := part(d)
	if r.From == r.To {
		return nil, errors.Errorf("recurrent %s: got a record of %v, which has none", name, Cell(d.Cell))
	}
	o := partOp(fmt.Sprintf("%s of %v", name, d), record, r.From, tensor.Shape{d.Batch, d.Steps, (r.To - r.From) / (d.Batch * d.Steps)})
	o.spec = d.spec(KindRecurrentPart, name)
	return o.apply(record)
}

// partOp is the part of x that begins at an element and has a shape.
func partOp(name string, x *gorgonia.Node, from int, shape tensor.Shape) *Op {
	o := &Op{
		name:   fmt.Sprintf("part(%s, from=%d, shape=%v)", name, from, shape),
		types:  repeat(dimsOf(x), 1),
		shape:  onlyShapes(shapesOf(gorgonia.Nodes{x}), shape),
		kernel: kernels{partKernel[float32](from), partKernel[float64](from)},
		isPart: true, from: from,
	}
	o.types[1] = tensorOf(len(shape))
	return o
}

func partKernel[T Float](from int) func(*call[T]) error {
	return func(c *call[T]) error {
		copy(c.out, c.in[0][from:])
		return nil
	}
}

// Part tells whether the result lies in the first input, as the elements from one on in row-major order.
func (o *Op) Part() (from int, isPart bool) { return o.from, o.isPart }
