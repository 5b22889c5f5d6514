package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// RecurrentOutputs are the states (batch, steps, hidden) of the record of [Recurrent]. Those after a sequence's end are zeros.
func RecurrentOutputs(record *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentState(record, "outputs", func(d recurrence) (from int, shape tensor.Shape) {
		return d.Record().Outputs.From, tensor.Shape{d.Batch, d.Steps, d.Hidden}
	})
}

// RecurrentLast is the state (1, batch, hidden) after the last step of each sequence, which in reverse is the first. Of LSTM it is the
// state and the cell (2, batch, hidden).
func RecurrentLast(record *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentState(record, "last", func(d recurrence) (from int, shape tensor.Shape) {
		return d.Record().Last.From, d.lastShape()
	})
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

// recurrentState draws a part of the states of a record.
func recurrentState(record *gorgonia.Node, name string, part func(recurrence) (from int, shape tensor.Shape)) (*gorgonia.Node, error) {
	states, err := recurrentStates(record)
	if err != nil {
		return nil, errors.Wrap(err, "recurrent "+name)
	}
	d := *record.Op().(*Op).recurrence
	from, shape := part(d)
	o := partOp(fmt.Sprintf("%s of %v", name, d), states, from, shape)
	o.spec = d.spec(KindRecurrentPart, name)
	o.grad = func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		whole, err := placeOp(dy, from, d.Record().Last.To).apply(dy)
		return gorgonia.Nodes{whole}, err
	}
	return o.apply(states)
}

// recurrentStates draws the part of a record that has a gradient: the states of all steps, then the last ones. Its op also reads what the
// recurrence has read, to which it gives the gradients; the record itself has none.
func recurrentStates(record *gorgonia.Node) (*gorgonia.Node, error) {
	d, err := recurrenceOf(record)
	if err != nil {
		return nil, err
	}
	whole, result := record.Op().(*Op), tensor.Shape{d.Record().Last.To}
	o := partOp(fmt.Sprintf("states of %v", d), record, 0, result)
	o.spec = d.spec(KindRecurrentPart, "states")
	o.types = slices.Concat(o.types[:1], whole.types[:whole.Arity()], o.types[1:])
	o.shape = func(in []tensor.Shape) (tensor.Shape, error) {
		size, err := d.check(in[1:])
		if err == nil && !slices.Equal(in[0], size) {
			err = errors.Errorf("input 0: got shape %v, want %v", in[0], size)
		}
		return result.Clone(), err
	}
	o.wrt = []bool{false}
	for i := range whole.Arity() {
		o.wrt = append(o.wrt, slot(i+1) != d.lengths)
	}
	o.grad = func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		return d.gradients(in[0], in[1:], dy)
	}
	return o.apply(append(gorgonia.Nodes{record}, Operands(record)...)...)
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

// placeOp is the gradient of a part of a vector: zeros, and x in the place of the part.
func placeOp(x *gorgonia.Node, from, size int) *Op {
	return &Op{
		name:   fmt.Sprintf("place(from=%d, size=%d)", from, size),
		spec:   Spec{Kind: KindGradient, Name: "place"},
		types:  []hm.Type{tensorOf(dimsOf(x)), tensorOf(1)},
		shape:  onlyShapes(shapesOf(gorgonia.Nodes{x}), tensor.Shape{size}),
		kernel: kernels{placeKernel[float32](from), placeKernel[float64](from)},
		from:   from,
	}
}

func placeKernel[T Float](from int) func(*call[T]) error {
	return func(c *call[T]) error {
		clear(c.out)
		copy(c.out[from:], c.in[0])
		return nil
	}
}

// Part tells whether the result lies in the first input, as the elements from one on in row-major order.
func (o *Op) Part() (from int, isPart bool) { return o.from, o.isPart }
