package op

import (
	"unsafe"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/fpu"
	"github.com/gradflow/gradflow/internal/kernel"
)

// Float is an element type of the kernels.
type Float interface{ float32 | float64 }

// A call holds the data that a kernel works on: the elements of the inputs and of the output, and the shapes.
// Tensors are row-major; a scalar is a slice of one element.
type call[T Float] struct {
	out     []T
	in      [][]T           // nil for labels and flags
	labels  []int           // of the one integer input, if there is one
	flags   []bool          // of the one boolean input, if there is one
	shapes  []tensor.Shape  // of the inputs
	shape   tensor.Shape    // of the output
	memory  []float64       // see scratch
	state   any             // see kept
	flushed *kernel.Flushed // set by the vector kernels of this call
}

// scratch gives memory for n numbers, which is kept from run to run. It holds the numbers of its last use.
func (c *call[T]) scratch(n int) []float64 {
	if cap(c.memory) < n {
		c.memory = make([]float64, n)
	}
	return c.memory[:n]
}

// kept gives a value for the use of a kernel, which is kept from run to run. It is zero at first.
func kept[V any, T Float](c *call[T]) *V {
	v, made := c.state.(*V)
	if !made {
		v = new(V)
		c.state = v
	}
	return v
}

// rows gives input i as a matrix whose columns are its last dimension.
func (c *call[T]) rows(i int) (rows, cols int) {
	s := c.shapes[i]
	cols = s[len(s)-1]
	return len(c.in[i]) / cols, cols
}

// row is row i of a matrix with cols columns.
func row[T Float](x []T, i, cols int) []T { return x[i*cols : (i+1)*cols] }

// kernels are one computation for both float types.
type kernels struct {
	f32 func(*call[float32]) error
	f64 func(*call[float64]) error
}

// Do computes the op into new memory.
func (o *Op) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	shapes := make([]tensor.Shape, len(in))
	for i, v := range in {
		shapes[i] = v.Shape()
	}
	shape, err := o.shape(shapes)
	if err != nil {
		return nil, errors.Wrap(err, o.name)
	}
	dt := in[0].Dtype()
	if len(shape) > 0 {
		return o.UsePreallocDo(tensor.New(tensor.Of(dt), tensor.WithShape(shape...)), in...)
	}
	if dt == tensor.Float32 {
		return o.UsePreallocDo(gorgonia.NewF32(0), in...)
	}
	return o.UsePreallocDo(gorgonia.NewF64(0), in...)
}

// UsePreallocDo computes the op into out and returns out.
func (o *Op) UsePreallocDo(out gorgonia.Value, in ...gorgonia.Value) (result gorgonia.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			fpu.Restore()
			err = errors.Errorf("%s: %v", o.name, r)
		}
	}()
	if err := o.NewCall().Run(out, in); err != nil {
		return nil, errors.Wrap(err, o.name)
	}
	return out, nil
}

// elements gives the numbers of a tensor or scalar of the given shape, in row-major order. They are the value's memory, or a
// copy if the value is in another order.
func Elements[T Float](v gorgonia.Value, shape tensor.Shape) (x []T, err error) {
	switch v := v.(type) {
	case *tensor.Dense:
		var zero T
		if _, single := any(zero).(float32); single {
			x = rowMajor(v, any(v.Float32s()).([]T))
		} else {
			x = rowMajor(v, any(v.Float64s()).([]T))
		}
	case *gorgonia.F32:
		x = unsafe.Slice((*T)(unsafe.Pointer(v)), 1)
	case *gorgonia.F64:
		x = unsafe.Slice((*T)(unsafe.Pointer(v)), 1)
	default:
		return nil, errors.Errorf("got a value of type %T, want a dense tensor or a float scalar", v)
	}
	if len(x) != shape.TotalSize() {
		return nil, errors.Errorf("got %d elements, want shape %v", len(x), shape)
	}
	return x, nil
}

func isRowMajor(v *tensor.Dense) bool { return !v.RequiresIterator() && !v.DataOrder().IsColMajor() }

// rowMajor puts the data of a tensor into row-major order.
func rowMajor[E any](v *tensor.Dense, data []E) []E {
	if isRowMajor(v) {
		return data
	}
	ordered := make([]E, 0, v.Shape().TotalSize())
	it := v.Iterator()
	for i, err := it.Next(); err == nil; i, err = it.Next() {
		ordered = append(ordered, data[i])
	}
	return ordered
}
