package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/recurrent"
)

// gradients draws the gradients by the inputs of a record, with one for the record itself, from that by the outputs or by the last states.
func (d recurrence) gradients(record *gorgonia.Node, in gorgonia.Nodes, dy *gorgonia.Node, last bool) (gorgonia.Nodes, error) {
	back, err := d.backward(record, in, dy, last)
	if err != nil {
		return nil, err
	}
	g, sample := d.Gradients(), tensor.Shape{d.Batch, d.Hidden}
	width := d.Cell.Gates() * d.Hidden
	grads := make(gorgonia.Nodes, len(in)+1) // of the record, then of its inputs
	draw := func(s slot, n func() (*gorgonia.Node, error)) {
		if s > 0 && err == nil {
			grads[s], err = n()
		}
	}
	draw(1, func() (*gorgonia.Node, error) {
		return d.part(back, "dz", g.PreActivations.From, tensor.Shape{d.Batch, d.Steps, width})
	})
	draw(2, func() (*gorgonia.Node, error) { return d.weightGradient(back, record) })
	draw(d.biasInput, func() (*gorgonia.Node, error) { return SumRows(grads[1]) })
	draw(d.biasHidden, func() (*gorgonia.Node, error) {
		if d.Cell == recurrent.GRU {
			return d.biasGradient(back)
		}
		return SumRows(grads[1])
	})
	draw(d.firstState, func() (*gorgonia.Node, error) { return d.part(back, "dh0", g.First.From, sample) })
	draw(d.firstCell, func() (*gorgonia.Node, error) {
		return d.part(back, "dc0", g.First.From+d.Batch*d.Hidden, sample)
	})
	return grads, err
}

// backward draws backpropagation through time. Its result is a vector of all gradients of recurrent.Gradients.
func (d recurrence) backward(record *gorgonia.Node, in gorgonia.Nodes, dy *gorgonia.Node, last bool) (*gorgonia.Node, error) {
	inputs := gorgonia.Nodes{record, in[1], dy}
	types := []hm.Type{tensorOf(1), tensorOf(2), tensorOf(3)}
	var cell slot
	if d.firstCell > 0 {
		inputs, types, cell = append(inputs, in[d.firstCell-1]), append(types, tensorOf(2)), slot(len(inputs)+1)
	}
	if d.lengths > 0 {
		inputs, types = append(inputs, in[d.lengths-1]), append(types, labelsOf(1))
	}
	shapes := shapesOf(inputs)
	o := &Op{
		name:       fmt.Sprintf("backward(last=%v) of %v", last, d),
		spec:       Spec{Kind: KindGradient, Name: Cell(d.Cell).String()},
		types:      append(types, tensorOf(1)),
		shape:      onlyShapes(shapes, tensor.Shape{d.Gradients().Size}),
		kernel:     kernels{recurrentBackward[float32](d, cell, last), recurrentBackward[float64](d, cell, last)},
		work:       func([]tensor.Shape) int { return d.Batch * d.Steps * d.Cell.Gates() * d.Hidden * d.Hidden },
		recurrence: &d,
	}
	return o.apply(inputs...)
}

// shapesOf lists the shapes of nodes; that of nil is nil.
func shapesOf(nodes gorgonia.Nodes) (list []tensor.Shape) {
	for _, n := range nodes {
		if n == nil {
			list = append(list, nil)
			continue
		}
		list = append(list, n.Shape())
	}
	return list
}

// onlyShapes is the rule of an op that takes inputs of certain shapes only.
func onlyShapes(want []tensor.Shape, out tensor.Shape) shapeRule {
	return func(in []tensor.Shape) (tensor.Shape, error) {
		for i, s := range in {
			if !slices.Equal(s, want[i]) {
				return nil, errors.Errorf("input %d: got shape %v, want %v", i, s, want[i])
			}
		}
		return out.Clone(), nil
	}
}

func recurrentBackward[T Float](d recurrence, cell slot, last bool) func(*call[T]) error {
	return func(c *call[T]) error {
		if err := d.checkLengths(c.labels); err != nil {
			return err
		}
		in := recurrent.Targets[T]{Outputs: c.in[2], Weight: c.in[1], FirstCell: input(c, cell), Lengths: c.labels}
		if last {
			in.Outputs, in.Last = nil, c.in[2]
		}
		recurrent.Backward(c.flushed, d.Shape, in, c.in[0], c.out, kept[recurrent.Workspace[T]](c))
		return nil
	}
}

// part draws a part of what backward gives.
func (d recurrence) part(back *gorgonia.Node, name string, from int, shape tensor.Shape) (*gorgonia.Node, error) {
	o := partOp(fmt.Sprintf("%s of %v", name, d), back, from, shape)
	o.spec = Spec{Kind: KindGradient, Name: name}
	return o.apply(back)
}

func (d recurrence) weightGradient(back, record *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:   fmt.Sprintf("dw of %v", d),
		spec:   Spec{Kind: KindGradient, Name: Cell(d.Cell).String()},
		types:  []hm.Type{tensorOf(1), tensorOf(1), tensorOf(2)},
		shape:  onlyShapes(shapesOf(gorgonia.Nodes{back, record}), tensor.Shape{d.Cell.Gates() * d.Hidden, d.Hidden}),
		kernel: kernels{recurrentWeight[float32](d), recurrentWeight[float64](d)},
		work:   func([]tensor.Shape) int { return d.Batch * d.Steps * d.Cell.Gates() * d.Hidden * d.Hidden },
	}
	return o.apply(back, record)
}

func recurrentWeight[T Float](d recurrence) func(*call[T]) error {
	return func(c *call[T]) error {
		recurrent.WeightGradient(c.flushed, d.Shape, c.in[1], c.in[0], c.out)
		return nil
	}
}

func (d recurrence) biasGradient(back *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:   fmt.Sprintf("db of %v", d),
		spec:   Spec{Kind: KindGradient, Name: Cell(d.Cell).String()},
		types:  repeat(1, 1),
		shape:  onlyShapes(shapesOf(gorgonia.Nodes{back}), tensor.Shape{d.Cell.Gates() * d.Hidden}),
		kernel: kernels{recurrentBias[float32](d), recurrentBias[float64](d)},
	}
	return o.apply(back)
}

func recurrentBias[T Float](d recurrence) func(*call[T]) error {
	return func(c *call[T]) error {
		recurrent.BiasGradient(c.flushed, d.Shape, c.in[0], c.out)
		return nil
	}
}

// StateGradient is the gradient by the state after each step, through all later steps, (batch, steps, hidden). The argument is a
// gradient dz that differentiation has drawn for Projected of [Recurrent].
func StateGradient(dz *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentGradient(dz, "dh", func(d recurrence) recurrent.Range { return d.Gradients().States })
}

// CellGradient is [StateGradient] by the cells of LSTM. The product of f and the gradient by the cell of a step is the share that the
// cell carries to the step before; the remainder of that step's gradient comes through the gates. Of GRU the share that the state
// carries is z times the gradient by the state.
func CellGradient(dz *gorgonia.Node) (*gorgonia.Node, error) {
	return recurrentGradient(dz, "dc", func(d recurrence) recurrent.Range { return d.Gradients().Cells })
}

func recurrentGradient(dz *gorgonia.Node, name string, part func(recurrence) recurrent.Range) (*gorgonia.Node, error) {
	from := Operands(dz)
	if len(from) == 1 {
		if o, ours := from[0].Op().(*Op); ours && o.recurrence != nil {
			d := *o.recurrence
			r := part(d)
			if r.From == r.To {
				return nil, errors.Errorf("%s: got a gradient of %v, want one of lstm", name, Cell(d.Cell))
			}
			return d.part(from[0], name, r.From, tensor.Shape{d.Batch, d.Steps, d.Hidden})
		}
	}
	return nil, errors.Errorf("%s: got node %v, want the gradient by Projected of Recurrent", name, dz)
}
