package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// product replaces a matrix product, a matrix times a vector, or an inner or outer product of vectors.
func (s stock) product() *Op {
	if len(s.in) != 2 {
		return nil
	}
	transA, transB := s.spec.TransA, s.spec.TransB
	a, b := s.in[0].Shape(), s.in[1].Shape()
	switch s.spec.Kind {
	case KindMatMul:
		if len(a) != 2 || len(b) != 2 {
			return nil
		}
	case KindMatVec:
		b = tensor.Shape{b.TotalSize(), 1}
	case KindDot:
		a, b = tensor.Shape{1, a.TotalSize()}, tensor.Shape{b.TotalSize(), 1}
	case KindOuter:
		a, b = tensor.Shape{a.TotalSize(), 1}, tensor.Shape{1, b.TotalSize()}
	}
	y, err := matMulShape(a, b, transA, transB)
	if err != nil || y.TotalSize() != s.out.TotalSize() {
		return nil
	}
	o := s.op(s.text, kernels{stockProduct[float32](y, a, b, transA, transB), stockProduct[float64](y, a, b, transA, transB)}, 2)
	if o != nil {
		o.work = func([]tensor.Shape) int { return y.TotalSize() * a.TotalSize() / y[0] }
	}
	return o
}

func stockProduct[T Float](shapeY, shapeA, shapeB tensor.Shape, transA, transB bool) func(*call[T]) error {
	return func(c *call[T]) error {
		multiply(c.flushed, c.out, c.in[0], c.in[1], shapeY, shapeA, shapeB, transA, transB)
		return nil
	}
}

// repeat writes each slice along an axis several times. The shapes determine how often, so the inputs with that number are not
// read.
func (s stock) repeat() *Op {
	if len(s.spec.Axes) == 0 || len(s.in) == 0 {
		return nil
	}
	axis, in := s.spec.Axes[0], s.in[0].Shape()
	if len(in) != len(s.out) || axis >= len(in) || in[axis] == 0 || s.out[axis]%in[axis] != 0 {
		return nil
	}
	inner, times := in[axis:].TotalSize()/in[axis], s.out[axis]/in[axis]
	return s.op(s.text, kernels{repeatSlices[float32](inner, times), repeatSlices[float64](inner, times)}, 1)
}

func repeatSlices[T Float](inner, times int) func(*call[T]) error {
	return func(c *call[T]) error {
		out := c.out
		for in := c.in[0]; len(in) > 0; in = in[inner:] {
			for range times {
				copy(out, in[:inner])
				out = out[inner:]
			}
		}
		return nil
	}
}

// reduce replaces a sum or a maximum along axes. Gorgonia's result is wrong along axis 2 of four.
func (s stock) reduce(k func(along axes) kernels) *Op {
	if len(s.in) != 1 || len(s.spec.Axes) == 0 {
		return nil
	}
	set, err := newAxes(s.spec.Axes, s.in[0].Dims())
	if err != nil {
		return nil
	}
	size := 1
	for i, n := range s.in[0].Shape() {
		if !set.has(i) {
			size *= n
		}
	}
	if size != s.out.TotalSize() {
		return nil
	}
	return s.op(s.text, k(set), 1)
}

// reshape copies its input. Gorgonia's reshape gives a view, whose memory may be overwritten, and so does its Iop, the identity.
func (s stock) reshape() *Op {
	if len(s.in) != 1 || s.in[0].Shape().TotalSize() != s.out.TotalSize() {
		return nil
	}
	if s.spec.Name == "identity" {
		// Another operation may write into its memory, so no two of these are the same.
		return s.op(fmt.Sprintf("identity %d ", s.node.ID()), kernels{copyElements[float32], copyElements[float64]}, 1, 0)
	}
	o := s.op("reshape", kernels{copyElements[float32], copyElements[float64]}, 1, 0)
	if o != nil {
		o.copies = true
	}
	return o
}

func copyElements[T Float](c *call[T]) error {
	copy(c.out, c.in[0])
	return nil
}

// transpose permutes the axes.
func (s stock) transpose() *Op {
	if len(s.in) != 1 {
		return nil
	}
	order := s.spec.Axes
	in := s.in[0].Shape()
	if len(order) != len(in) || len(s.out) != len(in) || len(in) > maxDims {
		return nil
	}
	steps := make([]int, len(order)) // in the input, for each axis of the output
	for i, axis := range order {
		if axis < 0 || axis >= len(in) || in[axis] != s.out[i] {
			return nil
		}
		steps[i] = in[axis:].TotalSize() / in[axis]
	}
	return s.op(s.text, kernels{permute[float32](steps), permute[float64](steps)}, 1)
}

// permute writes the elements of the input that lie steps apart along each axis of the output.
func permute[T Float](steps []int) func(*call[T]) error {
	return func(c *call[T]) error {
		var count [maxDims]int
		last := len(steps) - 1
		row, step, from := c.shape[last], steps[last], 0
		for out := c.out; len(out) > 0; out = out[row:] {
			for j := range row {
				out[j] = c.in[0][from+j*step]
			}
			for d := last - 1; d >= 0; d-- {
				count[d]++
				from += steps[d]
				if count[d] < c.shape[d] {
					break
				}
				from -= count[d] * steps[d]
				count[d] = 0
			}
		}
		return nil
	}
}

// softmax replaces a softmax along the last axis, or its gradient. Gorgonia's softmax overflows.
func (s stock) softmax() *Op {
	if last := len(s.out) - 1; last < 0 || len(s.spec.Axes) > 0 && s.spec.Axes[0] != last {
		return nil
	}
	name := s.spec.Name
	if s.spec.Kind != KindGradient && name == "" {
		name = s.spec.Kind.String()
	}
	switch isGradient := s.spec.Kind == KindGradient; {
	case name == "log_softmax" && isGradient: // of the input, the output and its gradient
		return s.op("log_softmax_backward", kernels{skipFirst(logSoftmaxBackward[float32]), skipFirst(logSoftmaxBackward[float64])}, 3)
	case name == "log_softmax":
		return s.op("log_softmax", kernels{logSoftmax[float32], logSoftmax[float64]}, 1, 0)
	case name == "softmax" && isGradient:
		return s.op("softmax_backward", kernels{skipFirst(softmaxBackward[float32]), skipFirst(softmaxBackward[float64])}, 3)
	case name == "softmax":
		return s.op("softmax", kernels{softmax[float32], softmax[float64]}, 1, 0)
	}
	return nil
}

// skipFirst passes all inputs but the first to a kernel.
func skipFirst[T Float](f func(*call[T]) error) func(*call[T]) error {
	return func(c *call[T]) error {
		in, shapes := c.in, c.shapes
		c.in, c.shapes = in[1:], shapes[1:]
		err := f(c)
		c.in, c.shapes = in, shapes
		return err
	}
}
