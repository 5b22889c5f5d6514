package tensors

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// maxElements bounds the size of one tensor, 64 GiB of float64. A larger
// shape is most likely a mistake, and an allocation that the machine cannot
// serve ends the process instead of returning an error.
const maxElements = min(1<<33, math.MaxInt/8)

// Zeros returns a tensor of zeros.
func Zeros(dt tensor.Dtype, shape ...int) (*tensor.Dense, error) {
	t, err := full(dt, 0, shape)
	return t, errors.Wrap(err, "tensors: Zeros")
}

// Empty returns a tensor whose elements the caller is about to overwrite. Go
// has no uninitialised memory, so they are zero.
func Empty(dt tensor.Dtype, shape ...int) (*tensor.Dense, error) {
	t, err := full(dt, 0, shape)
	return t, errors.Wrap(err, "tensors: Empty")
}

// ZerosLike returns zeros of the dtype and shape of t.
func ZerosLike(t *tensor.Dense) (*tensor.Dense, error) {
	z, err := fullLike(t, 0)
	return z, errors.Wrap(err, "tensors: ZerosLike")
}

// Ones returns a tensor of ones.
func Ones(dt tensor.Dtype, shape ...int) (*tensor.Dense, error) {
	t, err := full(dt, 1, shape)
	return t, errors.Wrap(err, "tensors: Ones")
}

// OnesLike returns ones of the dtype and shape of t.
func OnesLike(t *tensor.Dense) (*tensor.Dense, error) {
	o, err := fullLike(t, 1)
	return o, errors.Wrap(err, "tensors: OnesLike")
}

// Full returns a tensor whose elements are all value.
func Full(dt tensor.Dtype, value float64, shape ...int) (*tensor.Dense, error) {
	t, err := full(dt, value, shape)
	return t, errors.Wrap(err, "tensors: Full")
}

// Eye returns the identity matrix of shape (n, n).
func Eye(dt tensor.Dtype, n int) (*tensor.Dense, error) {
	t, err := fillDense(dt, []int{n, n}, func(i int) float64 {
		if i%(n+1) == 0 {
			return 1
		}
		return 0
	})
	return t, errors.Wrap(err, "tensors: Eye")
}

// Arange returns the vector start, start+step, start+2 step, ... up to but
// without end: ceil((end-start)/step) elements, each computed as start + i step
// in float64. With a fractional step rounding can add one element, as it does
// in NumPy and PyTorch; Linspace has a fixed length.
func Arange(dt tensor.Dtype, start, end, step float64) (*tensor.Dense, error) {
	n, err := arangeLen(start, end, step)
	if err != nil {
		return nil, errors.Wrapf(err, "tensors: Arange(%v, %v, %v)", start, end, step)
	}
	t, err := fillDense(dt, []int{n}, func(i int) float64 {
		// The conversion keeps the product from being fused into the sum, so
		// that every machine rounds alike.
		return start + float64(float64(i)*step)
	})
	return t, errors.Wrapf(err, "tensors: Arange(%v, %v, %v)", start, end, step)
}

// Linspace returns the vector of n numbers from start to end, both included,
// at equal distances. With n = 1 it is start.
func Linspace(dt tensor.Dtype, start, end float64, n int) (*tensor.Dense, error) {
	step := (end - start) / float64(max(n-1, 1))
	if !isFinite(start) || !isFinite(end) || !isFinite(step) {
		return nil, errors.Errorf("tensors: Linspace: got start %v and end %v, want finite numbers at a finite distance", start, end)
	}
	t, err := fillDense(dt, []int{n}, func(i int) float64 {
		// Counted from the nearer end, so that both ends are exact.
		if i == 0 || i < n/2 {
			return start + float64(float64(i)*step)
		}
		return end - float64(float64(n-1-i)*step)
	})
	return t, errors.Wrapf(err, "tensors: Linspace(%v, %v, %d)", start, end, n)
}

// Labels returns the class indices as a vector of dtype tensor.Int, the target
// of a classification loss. The slice is copied.
func Labels(classes []int) (*tensor.Dense, error) {
	if _, err := Size([]int{len(classes)}); err != nil {
		return nil, errors.Wrap(err, "tensors: Labels")
	}
	return denseOf(append([]int(nil), classes...), []int{len(classes)}), nil
}

func full(dt tensor.Dtype, value float64, shape []int) (*tensor.Dense, error) {
	return fillDense(dt, shape, func(int) float64 { return value })
}

func fullLike(t *tensor.Dense, value float64) (*tensor.Dense, error) {
	if t == nil {
		return nil, errors.New("the tensor is nil")
	}
	return full(t.Dtype(), value, t.Shape())
}

// fillDense returns the tensor whose i-th element, in row-major order, is
// at(i) rounded to dt. It calls at in order, once for each element.
func fillDense(dt tensor.Dtype, shape []int, at func(i int) float64) (*tensor.Dense, error) {
	n, err := Size(shape)
	if err != nil {
		return nil, err
	}

	switch dt {
	case tensor.Float64:
		data := make([]float64, n)
		for i := range data {
			data[i] = at(i)
		}
		return denseOf(data, shape), nil
	case tensor.Float32:
		data := make([]float32, n)
		for i := range data {
			v := at(i)
			data[i] = float32(v)
			if math.IsInf(float64(data[i]), 0) && !math.IsInf(v, 0) {
				return nil, errors.Errorf("element %d: got %v, which is too large for Float32 (use Float64)", i, v)
			}
		}
		return denseOf(data, shape), nil
	}
	return nil, errors.Errorf("got dtype %v, want tensor.Float32 or tensor.Float64", dt.Type)
}

// denseOf makes a tensor over data, whose length is that of the shape.
func denseOf(data any, shape []int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// Size returns the number of elements of a shape: 1 for the empty shape of a
// scalar.
func Size(shape []int) (int, error) {
	n := 1
	for i, d := range shape {
		switch {
		case d < 0:
			return 0, errors.Errorf("dimension %d of shape %v: got %d, want at least 1", i, tensor.Shape(shape), d)
		case d == 0:
			return 0, errors.Errorf("dimension %d of shape %v: got 0, want at least 1 (gorgonia.org/tensor has no empty tensors)", i, tensor.Shape(shape))
		case d > maxElements/n:
			return 0, errors.Errorf("shape %v: got more than %d elements, the most one tensor may have", tensor.Shape(shape), maxElements)
		}
		n *= d
	}
	return n, nil
}

// arangeLen is the number of elements of Arange, at least 1.
func arangeLen(start, end, step float64) (int, error) {
	if !isFinite(start) || !isFinite(end) || !isFinite(step) {
		return 0, errors.New("want finite numbers for start, end and step")
	}
	if step == 0 {
		return 0, errors.New("got step 0, want a positive or negative number")
	}

	n := math.Ceil((end - start) / step)
	switch {
	case start == end:
		return 0, errors.New("got start equal to end, want at least one element (gorgonia.org/tensor has no empty tensors)")
	case (end > start) != (step > 0):
		return 0, errors.New("got a step that leads away from end, want the opposite sign")
	case n > maxElements:
		return 0, errors.Errorf("got more than %d elements, the most one tensor may have", maxElements)
	}
	// A quotient that underflows still has its first element, start.
	return max(int(n), 1), nil
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
