package op

import (
	"fmt"
	"math"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Step is x at one step of an unrolled recurrence: a node of its own for each name. The gradients of all that reads it are added before
// they are added to others of x, as in a scan.
func Step(x *gorgonia.Node, name string, step int) (*gorgonia.Node, error) {
	return stepOp(dimsOf(x), fmt.Sprintf("step(%q, %d)", name, step), func(dy *gorgonia.Node) (*gorgonia.Node, error) {
		return dy, nil
	}).apply(x)
}

// CutStep is [Step] without a gradient: it ends backpropagation through time.
func CutStep(x *gorgonia.Node, name string, step int) (*gorgonia.Node, error) {
	return stepOp(dimsOf(x), fmt.Sprintf("cut_step(%q, %d)", name, step), negativeZeros).apply(x)
}

func stepOp(dims int, name string, grad func(dy *gorgonia.Node) (*gorgonia.Node, error)) *Op {
	return &Op{
		name: name, spec: Spec{Kind: KindReshape, Name: "step"}, types: repeat(dims, 1), shape: sameShapes,
		kernel: kernels{copyElements[float32], copyElements[float64]}, inPlace: []int{0}, copies: true,
		grad: func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := grad(dy)
			return gorgonia.Nodes{dx}, err
		},
	}
}

// Passes reports whether the result is the input, and the op is there for the gradient alone.
func (o *Op) Passes() bool { return o.spec.Kind == KindReshape && o.spec.Name == "step" }

// negativeZeros is a tensor of x's shape. Minus zero added to any number is that number, to the bit; zero added to minus zero is not.
func negativeZeros(x *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name: "negative_zeros", spec: Spec{Kind: KindGradient}, types: repeat(dimsOf(x), 1), shape: sameShapes,
		kernel: kernels{fillNegativeZeros[float32], fillNegativeZeros[float64]},
	}
	return o.apply(x)
}

func fillNegativeZeros[T Float](c *call[T]) error {
	for i := range c.out {
		c.out[i] = T(math.Copysign(0, -1))
	}
	return nil
}

// StepOf is element number step of a sequence along its first axis: (steps, ...) to (...).
func StepOf(x *gorgonia.Node, step int) (*gorgonia.Node, error) {
	dims := dimsOf(x)
	o := &Op{
		name:   fmt.Sprintf("step_of(%d)", step),
		spec:   Spec{Kind: KindSlice, Name: "step", Index: step},
		types:  []hm.Type{tensorOf(dims), tensorOf(max(0, dims-1))},
		shape:  func(in []tensor.Shape) (tensor.Shape, error) { return in[0][1:].Clone(), checkStep(in[0], step) },
		kernel: kernels{takeStep[float32](step), takeStep[float64](step)},
		work:   func(in []tensor.Shape) int { return in[0][1:].TotalSize() },
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := placeStep(in[0], dy, step)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

func checkStep(sequence tensor.Shape, step int) error {
	if step < 0 || step >= sequence[0] {
		return errors.Errorf("got step %d, want one of 0 to %d", step, sequence[0]-1)
	}
	return nil
}

func takeStep[T Float](step int) func(*call[T]) error {
	return func(c *call[T]) error {
		copy(c.out, row(c.in[0], step, len(c.out)))
		return nil
	}
}

// placeStep is the gradient of a sequence from that of one of its elements.
func placeStep(x, dy *gorgonia.Node, step int) (*gorgonia.Node, error) {
	shape := x.Shape().Clone()
	o := &Op{
		name:   fmt.Sprintf("place_step(%d of %v)", step, shape),
		spec:   Spec{Kind: KindGradient, Name: "step"},
		types:  []hm.Type{tensorOf(dimsOf(dy)), tensorOf(len(shape))},
		shape:  onlyShapes([]tensor.Shape{dy.Shape()}, shape),
		kernel: kernels{putStep[float32](step), putStep[float64](step)},
	}
	return o.apply(dy)
}

func putStep[T Float](step int) func(*call[T]) error {
	return func(c *call[T]) error {
		if err := fillNegativeZeros(c); err != nil {
			return err
		}
		copy(row(c.out, step, len(c.in[0])), c.in[0])
		return nil
	}
}

// Stack makes a sequence of its elements: a new first axis, (...) to (steps, ...).
func Stack(steps ...*gorgonia.Node) (*gorgonia.Node, error) {
	if len(steps) == 0 {
		return nil, errors.New("stack: got no nodes, want at least one")
	}
	dims := dimsOf(steps[0])
	types := repeat(dims, len(steps))
	types[len(steps)] = tensorOf(dims + 1)
	o := &Op{
		name:  fmt.Sprintf("stack(%d)", len(steps)),
		spec:  Spec{Kind: KindConcat, Axes: []int{0}, Name: "stack"},
		types: types,
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			one, err := sameShapes(in)
			return append(tensor.Shape{len(in)}, one...), err
		},
		kernel: kernels{stack[float32], stack[float64]},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			grads := make(gorgonia.Nodes, len(in))
			for i := range in {
				d, err := StepOf(dy, i)
				if err != nil {
					return nil, err
				}
				grads[i] = d
			}
			return grads, nil
		},
	}
	return o.apply(steps...)
}

func stack[T Float](c *call[T]) error {
	out := c.out
	for _, x := range c.in {
		copy(out, x)
		out = out[len(x):]
	}
	return nil
}
