package machine

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A binding is a node to which a step binds its value.
type binding struct {
	node *gorgonia.Node
	of   gorgonia.Value // the step's value that was bound last
	as   gorgonia.Value // what the node was given for it
}

// visible is the value that a program sees: what Gorgonia's operation has returned, also if its shape is not the node's. A number
// cannot be bound to the node of a tensor.
func (s *step) visible() gorgonia.Value {
	if _, isDense := s.returned.(*tensor.Dense); s.returned != nil && (isDense || len(s.shape) == 0) {
		return s.returned
	}
	return s.value
}

// bind binds the value of the step to its nodes.
func (s *step) bind() error {
	for i := range s.bindings {
		if err := s.bindings[i].bind(s.visible()); err != nil {
			return err
		}
	}
	return nil
}

// bind gives the node the value, unless it has it. A tensor gets a header of its own: UnbindAllNonInputs of Gorgonia's graph puts
// the headers of all values back into a pool.
func (b *binding) bind(v gorgonia.Value) error {
	if b.of != v || memoryOf(b.as) != memoryOf(v) {
		b.of, b.as = v, v
		if d, isDense := v.(*tensor.Dense); isDense {
			b.as = d.ShallowClone()
		}
	}
	if b.node.Value() == b.as {
		return nil
	}
	return let(b.node, b.as)
}

// let binds a value to a node, as a TapeMachine does: of any shape. UnsafeLet wants the node's shape.
func let(n *gorgonia.Node, v gorgonia.Value) error {
	shape := v.Shape().Clone()
	d, isDense := v.(*tensor.Dense)
	if !isDense || n.Shape().Eq(shape) {
		return gorgonia.UnsafeLet(n, v)
	}
	if err := d.Reshape(n.Shape()...); err != nil {
		return err
	}
	if err := gorgonia.UnsafeLet(n, d); err != nil {
		return err
	}
	return d.Reshape(shape...)
}

// bindCopy gives the nodes of the step a copy of its value.
func (s *step) bindCopy() error {
	for _, b := range s.bindings {
		v, err := gorgonia.CloneValue(s.visible())
		if err != nil {
			return err
		}
		if err := let(b.node, v); err != nil {
			return err
		}
	}
	return nil
}

// shaped gives a value the shape of the step's node. Some of Gorgonia's operations return a tensor of one element for a scalar,
// a slice returns a number for a tensor of one element, and Gorgonia takes (3, 1) for (3).
func (s *step) shaped(v gorgonia.Value) (gorgonia.Value, error) {
	d, isDense := v.(*tensor.Dense)
	switch {
	case !isDense && s.shape.TotalSize() == 1 && len(s.shape) > 0:
		d = tensor.New(tensor.Of(v.Dtype()), tensor.WithShape(s.shape...))
		return d, d.Memset(v.Data())
	case !isDense || d.Shape().TotalSize() != s.shape.TotalSize() || sameShape(d.Shape(), s.shape):
		return v, nil
	case d.RequiresIterator():
		d = d.Materialize().(*tensor.Dense)
	default:
		d = d.ShallowClone()
	}
	if len(s.shape) == 0 {
		return scalarOf(d), nil
	}
	return d, d.Reshape(s.shape...)
}

func sameShape(a, b tensor.Shape) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// scalarOf is the only element of a tensor of floats; other tensors stay as they are.
func scalarOf(d *tensor.Dense) gorgonia.Value {
	switch d.Dtype() {
	case tensor.Float32:
		return gorgonia.NewF32(d.Float32s()[0])
	case tensor.Float64:
		return gorgonia.NewF64(d.Float64s()[0])
	}
	return d
}
