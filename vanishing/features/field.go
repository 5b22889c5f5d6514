package features

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A Field is the receptive field of the units of a layer: the unit at (row, column) of a map sees the Size pixels from Start + Stride·row
// and Start + Stride·column on, as far as they are in the image. Whole means that it sees all of the image, wherever it is.
type Field struct {
	Size, Stride, Start int
	Whole               bool
}

// Rows are the pixels, from and before to, that a unit sees in one direction of an image.
func (f Field) Rows(at, length int) (from, to int) {
	if f.Whole {
		return 0, length
	}
	from = f.Start + f.Stride*at
	return max(from, 0), min(from+f.Size, length)
}

// fields computes receptive fields from the graph. They are those of the height; windows are taken to be square.
type fields struct {
	known map[*gorgonia.Node]Field
	whole Field
}

func newFields(input *gorgonia.Node) fields {
	return fields{map[*gorgonia.Node]Field{input: {Size: 1, Stride: 1}}, Field{Size: input.Shape()[2], Stride: 1, Whole: true}}
}

// of is the field of a node: that of its largest operand, seen through its window if it has one.
func (f fields) of(n *gorgonia.Node) Field {
	if known, ok := f.known[n]; ok {
		return known
	}
	var field Field
	for _, operand := range op.Operands(n) {
		if of := f.of(operand); of.Whole || !field.Whole && of.Size > field.Size {
			field = of
		}
	}
	if field.Size > 0 {
		field = f.through(field, n)
	}
	f.known[n] = field
	return field
}

// through is a field seen through the window of an operation.
func (f fields) through(field Field, n *gorgonia.Node) Field {
	spec := op.SpecOf(n)
	switch {
	case field.Whole || n.Dims() != 4 || spec.Kind == op.KindPool && spec.Window == op.Window{}:
		return f.whole
	case spec.Kind == op.KindConv || spec.Kind == op.KindPool:
		w := spec.Window
		stride, dilation := max(w.Stride[0], 1), max(w.Dilation[0], 1)
		return Field{
			Size:   field.Size + field.Stride*dilation*(w.Size[0]-1),
			Start:  field.Start - field.Stride*w.Padding[0],
			Stride: field.Stride * stride,
		}
	}
	return field
}
