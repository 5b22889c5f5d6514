package op

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A Call is an op with the memory it needs to run again and again without allocating. A machine keeps one for each node.
type Call struct {
	op  *Op
	in  []tensor.Shape // of the inputs, as they were checked last; nil: never
	out tensor.Shape   // of the result for these
	f32 call[float32]
	f64 call[float64]

	flushed kernel.Flushed
	runner  Runner // of a Scan; nil until it is needed
}

// NewCall makes a call of the op. The op does not refer to it.
func (o *Op) NewCall() *Call { return &Call{op: o} }

// Run computes the op from the values in into the memory of out. Values of wrong types or shapes are errors; on other
// values that do not fit the op its kernel may panic.
func (c *Call) Run(out gorgonia.Value, in []gorgonia.Value) error {
	if !c.sameShapes(in) {
		if err := c.check(in); err != nil {
			return err
		}
	}
	if c.op.scan != nil {
		return c.Runner().Run(out, in)
	}
	switch out.Dtype() {
	case tensor.Float32:
		return runCall(c, &c.f32, c.op.kernel.f32, out, in)
	case tensor.Float64:
		return runCall(c, &c.f64, c.op.kernel.f64, out, in)
	}
	return errors.Errorf("the result: got type %v, want float32 or float64", out.Dtype())
}

// Runner is what runs a [Scan]; nil for other ops.
func (c *Call) Runner() Runner {
	if c.runner == nil && c.op.scan != nil {
		c.runner = c.op.scan.NewRunner()
	}
	return c.runner
}

// sameShapes reports whether the inputs have the shapes that were checked last. The assembly of the kernels relies on it.
func (c *Call) sameShapes(in []gorgonia.Value) bool {
	if c.in == nil || len(in) != len(c.in) {
		return false
	}
	for i, v := range in {
		if !slices.Equal(v.Shape(), c.in[i]) {
			return false
		}
	}
	return true
}

// check finds the shape of the result, or returns an error if the shapes of the inputs are wrong.
func (c *Call) check(in []gorgonia.Value) (err error) {
	if len(in) != c.op.Arity() {
		return errors.Errorf("got %d inputs, want %d", len(in), c.op.Arity())
	}
	shapes := make([]tensor.Shape, len(in))
	for i, v := range in {
		shapes[i] = v.Shape().Clone()
		if dims := dimsOfType(c.op.types[i]); len(shapes[i]) != dims {
			return errors.Errorf("input %d: got shape %v, want %d dimensions", i, shapes[i], dims)
		}
	}
	c.in = nil
	if c.out, err = c.op.shape(shapes); err == nil {
		c.in = shapes
	}
	return err
}

// runCall unpacks the values and calls the kernel.
func runCall[T Float](shapes *Call, c *call[T], kernel func(*call[T]) error, out gorgonia.Value, in []gorgonia.Value) (err error) {
	if c.in == nil {
		c.in = make([][]T, len(in))
	}
	c.shapes, c.shape, c.flushed = shapes.in, shapes.out, &shapes.flushed
	c.flushed.Store(false)
	if d, isTensor := out.(*tensor.Dense); isTensor && !isRowMajor(d) {
		return errors.New("the memory for the result: got a view or another order, want contiguous row-major memory")
	}
	if c.out, err = Elements[T](out, c.shape); err != nil {
		return errors.Wrap(err, "the memory for the result")
	}
	for i, v := range in {
		if d, isTensor := v.(*tensor.Dense); isTensor && d.Dtype() == tensor.Int {
			c.labels = rowMajor(d, d.Ints())
			continue
		}
		if d, isTensor := v.(*tensor.Dense); isTensor && d.Dtype() == tensor.Bool {
			c.flags = rowMajor(d, d.Bools())
			continue
		}
		if v.Dtype() != out.Dtype() {
			return errors.Errorf("input %d: got a value of type %v, want %v as the result", i, v.Dtype(), out.Dtype())
		}
		if c.in[i], err = Elements[T](v, c.shapes[i]); err != nil {
			return errors.Wrapf(err, "input %d", i)
		}
	}
	return kernel(c)
}

// Flushed reports whether the last run flushed results to zero because they were too small for their type.
func (c *Call) Flushed() bool { return c.flushed.Load() }

// InPlace lists the inputs whose memory the output may take over, the best first: the kernel reads no element of
// them again after it has written to the same place.
func (o *Op) InPlace() []int { return o.inPlace }

// Random reports whether the op draws new numbers in each run. Such ops are never merged, and never count as constants.
func (o *Op) Random() bool { return o.random }

// Copies reports whether the result is the first input in another shape.
func (o *Op) Copies() bool { return o.copies }

// Work estimates the work of the op for inputs of these shapes, as a number of multiplications: those of a matrix product, or one
// for each element it reads.
func (o *Op) Work(in []tensor.Shape) int {
	if o.work != nil {
		return o.work(in)
	}
	elements := 0
	for _, s := range in {
		elements += s.TotalSize()
	}
	return elements
}
