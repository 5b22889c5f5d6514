package op

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Add is the sum of two tensors of one shape. Its gradient passes to both unchanged.
func Add(a, b *gorgonia.Node) (*gorgonia.Node, error) { return addOp(dimsOf(a)).apply(a, b) }

func addOp(dims int) *Op {
	return &Op{
		name:    "add",
		spec:    Spec{Kind: KindAdd},
		types:   repeat(dims, 2),
		shape:   sameShapes,
		kernel:  kernels{add[float32], add[float64]},
		blocked: cellwise(partAdd),
		inPlace: []int{0, 1},
		grad: func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			return gorgonia.Nodes{dy, dy}, nil
		},
	}
}

func add[T Float](c *call[T]) error {
	kernel.Add(c.flushed, c.out, c.in[0], c.in[1])
	return nil
}

// Mul is the elementwise (Hadamard) product of two tensors of one shape. Its gradient: da = dy ⊙ b, db = dy ⊙ a.
func Mul(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:    "mul",
		spec:    Spec{Kind: KindMul},
		types:   repeat(dimsOf(a), 2),
		shape:   sameShapes,
		kernel:  kernels{mul[float32], mul[float64]},
		blocked: cellwise(noPart),
		inPlace: []int{0, 1},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			da, err := Mul(dy, in[1])
			if err != nil {
				return nil, err
			}
			db, err := Mul(dy, in[0])
			return gorgonia.Nodes{da, db}, err
		},
	}
	return o.apply(a, b)
}

func mul[T Float](c *call[T]) error {
	kernel.Mul(c.flushed, c.out, c.in[0], c.in[1])
	return nil
}

// Scale multiplies a tensor by a constant. Its gradient: dx = factor·dy.
func Scale(x *gorgonia.Node, factor float64) (*gorgonia.Node, error) {
	o := &Op{
		name:    fmt.Sprintf("scale(%v)", factor),
		spec:    Spec{Kind: KindScale, Factor: factor},
		types:   repeat(dimsOf(x), 1),
		shape:   sameShapes,
		kernel:  kernels{scale[float32](factor), scale[float64](factor)},
		blocked: cellwise(noPart),
		inPlace: []int{0},
		grad: func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := Scale(dy, factor)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

func scale[T Float](factor float64) func(*call[T]) error {
	return func(c *call[T]) error {
		kernel.Scale(c.flushed, c.out, T(factor), c.in[0])
		return nil
	}
}

// Lerp moves from a to b by a share in [0, 1]: (1-share)·a + share·b. It has no gradient; it moves running statistics.
func Lerp(a, b *gorgonia.Node, share float64) (*gorgonia.Node, error) {
	if !(share >= 0 && share <= 1) {
		return nil, errors.Errorf("lerp: got share %v, want a number in [0, 1]", share)
	}
	o := &Op{
		name:    fmt.Sprintf("lerp(%v)", share),
		spec:    Spec{Kind: KindLerp},
		types:   repeat(dimsOf(a), 2),
		shape:   sameShapes,
		kernel:  kernels{lerp[float32](share), lerp[float64](share)},
		inPlace: []int{0, 1},
	}
	return o.apply(a, b)
}

func lerp[T Float](share float64) func(*call[T]) error {
	return func(c *call[T]) error {
		a, b := c.in[0], c.in[1]
		for i := range c.out {
			c.out[i] = T((1-share)*float64(a[i]) + share*float64(b[i]))
		}
		return nil
	}
}
