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

// gradients draws the gradients by the inputs of a record, with one for the record itself, from that by the states.
func (d recurrence) gradients(record *gorgonia.Node, in gorgonia.Nodes, dstates *gorgonia.Node) (gorgonia.Nodes, error) {
	outputs, last, err := d.split(dstates)
	if err != nil {
		return nil, err
	}
	back, err := d.backward(record, in, outputs, last)
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

// lastShape is the shape of the last states.
func (d recurrence) lastShape() tensor.Shape {
	r := d.Record().Last
	return tensor.Shape{(r.To - r.From) / (d.Batch * d.Hidden), d.Batch, d.Hidden}
}

// split gives the gradients by the outputs and by the last states from that by both. They are nil if they are zeros. Where
// differentiation has placed them in vectors of zeros, and added these, split takes them as they were.
func (d recurrence) split(dstates *gorgonia.Node) (outputs, last *gorgonia.Node, err error) {
	terms := []*gorgonia.Node{dstates}
	for i := 0; i < len(terms); i++ {
		n := terms[i]
		o, ours := n.Op().(*Op)
		switch {
		case SpecOf(n).Kind == KindAdd:
			terms = append(terms, Operands(n)...)
		case ours && o.spec.Name == "place" && o.from == 0 && outputs == nil:
			outputs = Operands(n)[0]
		case ours && o.spec.Name == "place" && o.from > 0 && last == nil:
			last = Operands(n)[0]
		default:
			return d.cut(dstates)
		}
	}
	return outputs, last, nil
}

// cut cuts the gradient by the states into its parts.
func (d recurrence) cut(dstates *gorgonia.Node) (outputs, last *gorgonia.Node, err error) {
	if outputs, err = d.part(dstates, "dy", 0, tensor.Shape{d.Batch, d.Steps, d.Hidden}); err != nil {
		return nil, nil, err
	}
	last, err = d.part(dstates, "dlast", d.Record().Last.From, d.lastShape())
	return outputs, last, err
}

// backward draws backpropagation through time. Its result is a vector of all gradients of recurrent.Gradients.
func (d recurrence) backward(record *gorgonia.Node, in gorgonia.Nodes, outputs, last *gorgonia.Node) (*gorgonia.Node, error) {
	inputs, types := gorgonia.Nodes{record, in[1]}, []hm.Type{tensorOf(1), tensorOf(2)}
	optional := func(n *gorgonia.Node, dims int) slot {
		if n == nil {
			return 0
		}
		inputs, types = append(inputs, n), append(types, tensorOf(dims))
		return slot(len(inputs))
	}
	b := backward{recurrence: d, outputs: optional(outputs, 3), last: optional(last, 3)}
	if d.firstCell > 0 {
		b.cell = optional(in[d.firstCell-1], 2)
	}
	if d.lengths > 0 {
		inputs, types = append(inputs, in[d.lengths-1]), append(types, labelsOf(1))
	}
	shapes := shapesOf(inputs)
	o := &Op{
		name:     fmt.Sprintf("backward(outputs=%d, last=%d) of %v", b.outputs, b.last, d),
		spec:     Spec{Kind: KindGradient, Name: Cell(d.Cell).String()},
		types:    append(types, tensorOf(1)),
		shape:    onlyShapes(shapes, tensor.Shape{d.Gradients().Size}),
		kernel:   kernels{recurrentBackward[float32](b), recurrentBackward[float64](b)},
		work:     func([]tensor.Shape) int { return d.Batch * d.Steps * d.Cell.Gates() * d.Hidden * d.Hidden },
		backward: &b,
	}
	return o.apply(inputs...)
}

// A backward is backpropagation through time: a recurrence with the places of its gradients among the inputs.
type backward struct {
	recurrence
	outputs, last, cell slot
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

func recurrentBackward[T Float](d backward) func(*call[T]) error {
	return func(c *call[T]) error {
		if err := checkLengths(c.labels, d.Steps); err != nil {
			return err
		}
		recurrent.Backward(c.flushed, d.Shape, recurrent.Targets[T]{
			Outputs: input(c, d.outputs), Last: input(c, d.last), Weight: c.in[1], FirstCell: input(c, d.cell), Lengths: c.labels,
		}, c.in[0], c.out, kept[recurrent.Workspace[T]](c))
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
