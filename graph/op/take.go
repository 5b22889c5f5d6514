package op

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Take gives a tensor of a shape whose element i, in row-major order, is element index[i] of x, or the number fill where index[i] is
// -1. It can cut, pad, repeat, reverse and reorder in any way that is known when the graph is drawn. The index is kept.
//
// Its gradient: each element of dy, added to the element of x it came from.
func Take(x *gorgonia.Node, index []int32, shape tensor.Shape, fill float64) (*gorgonia.Node, error) {
	if len(shape) == 0 || slices.Min(shape) < 1 || shape.TotalSize() != len(index) {
		return nil, errors.Errorf("take: got shape %v for an index of %d elements, want a shape of as many", shape, len(index))
	}
	t := taking{index: index, shape: shape.Clone()}
	hash := fnv.New128a()
	for _, at := range index {
		if at < -1 || x != nil && int(at) >= x.Shape().TotalSize() {
			return nil, errors.Errorf("take: got index %d for an input of shape %v, want -1 or that of an element", at, x.Shape())
		}
		hash.Write([]byte{byte(at), byte(at >> 8), byte(at >> 16), byte(at >> 24)})
	}
	t.name = fmt.Sprintf("%v of %x", shape, hash.Sum(nil))
	o := &Op{
		name:   fmt.Sprintf("take(%s, fill=%v)", t.name, fill),
		spec:   Spec{Kind: KindSlice, Name: "take", Places: index, Alpha: fill},
		types:  []hm.Type{tensorOf(dimsOf(x)), tensorOf(len(shape))},
		shape:  func([]tensor.Shape) (tensor.Shape, error) { return t.shape.Clone(), nil },
		kernel: kernels{take[float32](index, fill), take[float64](index, fill)},
		grad:   t.gradient,
	}
	return o.apply(x)
}

// A taking holds the attributes of Take that its gradient shares.
type taking struct {
	name  string
	index []int32
	shape tensor.Shape
}

func (t taking) gradient(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	shape := in[0].Shape().Clone()
	o := &Op{
		name:   fmt.Sprintf("take_backward(%s, from %v)", t.name, shape),
		spec:   Spec{Kind: KindGradient},
		types:  []hm.Type{tensorOf(len(t.shape)), tensorOf(len(shape))},
		shape:  become(t.shape, shape),
		kernel: kernels{giveBack[float32](t.index), giveBack[float64](t.index)},
	}
	dx, err := o.apply(dy)
	return gorgonia.Nodes{dx}, err
}

func take[T Float](index []int32, fill float64) func(*call[T]) error {
	return func(c *call[T]) error {
		x := c.in[0]
		for i, at := range index {
			if at < 0 {
				c.out[i] = T(fill)
				continue
			}
			c.out[i] = x[at]
		}
		return nil
	}
}

// giveBack sums in float64, as an element may have been taken often.
func giveBack[T Float](index []int32) func(*call[T]) error {
	return func(c *call[T]) error {
		sums := c.scratch(len(c.out))
		clear(sums)
		for i, at := range index {
			if at >= 0 {
				sums[at] += float64(c.in[0][i])
			}
		}
		for i, s := range sums {
			c.out[i] = T(s)
		}
		return nil
	}
}
