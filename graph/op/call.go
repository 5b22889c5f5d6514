package op

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Call is an op with the memory it needs to run again and again without allocating. A machine keeps one for each node.
type Call struct {
	op  *Op
	f32 call[float32]
	f64 call[float64]
}

// NewCall makes a call of the op. The op itself keeps nothing of it.
func (o *Op) NewCall() *Call { return &Call{op: o} }

// Run computes the op from the values in into the memory of out. It checks what the memory looks like, not the shapes,
// which were checked when the op was put on the graph. A kernel may panic on values that do not fit it.
func (c *Call) Run(out gorgonia.Value, in []gorgonia.Value) error {
	switch out.Dtype() {
	case tensor.Float32:
		return runCall(&c.f32, c.op.kernel.f32, out, in)
	case tensor.Float64:
		return runCall(&c.f64, c.op.kernel.f64, out, in)
	}
	return errors.Errorf("no kernel for %v", out.Dtype())
}

// runCall unpacks the values and calls the kernel.
func runCall[T Float](c *call[T], kernel func(*call[T]) error, out gorgonia.Value, in []gorgonia.Value) (err error) {
	if c.in == nil {
		c.in, c.shapes = make([][]T, len(in)), make([]tensor.Shape, len(in))
	}
	if d, isTensor := out.(*tensor.Dense); isTensor && !isRowMajor(d) {
		return errors.New("the memory for the result must be contiguous and row-major")
	}
	if c.out, err = elements[T](out); err != nil {
		return err
	}
	c.shape = out.Shape()
	for i, v := range in {
		c.shapes[i] = v.Shape()
		if d, isTensor := v.(*tensor.Dense); isTensor && d.Dtype() == tensor.Int {
			c.labels = rowMajor(d, d.Ints())
			continue
		}
		if v.Dtype() != out.Dtype() {
			return errors.Errorf("input %d holds a value of %v, but the result is of %v", i, v.Dtype(), out.Dtype())
		}
		if c.in[i], err = elements[T](v); err != nil {
			return err
		}
	}
	return kernel(c)
}

// InPlace lists the inputs whose memory the output may take over, the best first: the kernel reads no element of
// them again after it has written to the same place.
func (o *Op) InPlace() []int { return o.inPlace }

// Random tells whether the op draws new numbers in each run, so that two of them are never one and it is never a constant.
func (o *Op) Random() bool { return o.random }

// Work estimates what the op does with inputs of these shapes, in multiplications: those of a matrix product, and one for
// each element it reads otherwise.
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
