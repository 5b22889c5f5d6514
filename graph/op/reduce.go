package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// ReduceSum is the sum of x along some axes, or along all if none are named: for x (2, 3, 4) and the axes 0 and 2 it has shape
// (3), or (1, 3, 1) if the axes are kept. It is taken in float64. Its gradient: dy, repeated along the axes.
func ReduceSum(x *gorgonia.Node, along []int, keep bool) (*gorgonia.Node, error) {
	return reduceLinear("reduce_sum", KindSum, x, along, keep, func(int) float64 { return 1 })
}

// ReduceMean is the mean of x along some axes, as in [ReduceSum]. Its gradient: dy/n, repeated along the axes, where n is
// the number of elements in each mean.
func ReduceMean(x *gorgonia.Node, along []int, keep bool) (*gorgonia.Node, error) {
	return reduceLinear("reduce_mean", KindMean, x, along, keep, func(n int) float64 { return 1 / float64(n) })
}

// ReduceMax is the largest element of x along some axes, as in [ReduceSum]; NaN if one is NaN. Its gradient: dy at the
// largest element, in equal parts where there are several, as in PyTorch's amax.
func ReduceMax(x *gorgonia.Node, along []int, keep bool) (*gorgonia.Node, error) {
	r, err := newReducing("reduce_max", KindMax, x, along, keep)
	if err != nil {
		return nil, err
	}
	o := r.op(kernels{reduceMax[float32](r.axes), reduceMax[float64](r.axes)})
	o.grad = func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		o := &Op{
			name:  "reduce_max_backward" + r.attrs,
			spec:  Spec{Kind: KindGradient},
			types: []hm.Type{tensorOf(r.dims), o.types[1], o.types[1], tensorOf(r.dims)},
			shape: likeFirst(func(x tensor.Shape) ([]tensor.Shape, error) {
				return []tensor.Shape{r.shape(x), r.shape(x)}, nil
			}),
			kernel:  kernels{reduceMaxBackward[float32](r.axes), reduceMaxBackward[float64](r.axes)},
			inPlace: []int{0},
		}
		dx, err := o.apply(in[0], y, dy)
		return gorgonia.Nodes{dx}, err
	}
	return o.apply(x)
}

// A reducing holds what the ops of this file have in common.
type reducing struct {
	name, attrs string
	kind        Kind
	dims        int // of x
	axes        axes
	keep        bool
}

func newReducing(name string, kind Kind, x *gorgonia.Node, along []int, keep bool) (r reducing, err error) {
	dims := dimsOf(x)
	set, err := newAxes(along, dims)
	attrs := fmt.Sprintf("(axes=%v, keep=%v)", set.list(), keep)
	return reducing{name: name, kind: kind, attrs: attrs, dims: dims, axes: set, keep: keep}, errors.Wrap(err, name)
}

// op is the forward op, which takes x.
func (r reducing) op(k kernels) *Op {
	dims := r.dims
	if !r.keep {
		dims -= len(r.axes.list())
	}
	return &Op{
		name: r.name + r.attrs, spec: Spec{Kind: r.kind, Axes: r.axes.list(), Keep: r.keep}, types: []hm.Type{tensorOf(r.dims), tensorOf(dims)}, kernel: k,
		shape: func(in []tensor.Shape) (tensor.Shape, error) { return r.shape(in[0]), nil },
	}
}

// shape is the shape of the result.
func (r reducing) shape(x tensor.Shape) tensor.Shape {
	out := tensor.Shape{}
	for i, n := range x {
		switch {
		case !r.axes.has(i):
			out = append(out, n)
		case r.keep:
			out = append(out, 1)
		}
	}
	return out
}

// reduceLinear is a sum along axes times a factor of the number of its terms.
func reduceLinear(name string, kind Kind, x *gorgonia.Node, along []int, keep bool, factor func(n int) float64) (*gorgonia.Node, error) {
	r, err := newReducing(name, kind, x, along, keep)
	if err != nil {
		return nil, err
	}
	o := r.op(kernels{reduceSum[float32](r.axes, factor), reduceSum[float64](r.axes, factor)})
	if kind == KindSum && !keep && slices.Equal(r.axes.list(), []int{0, 2, 3}) && r.dims == 4 {
		o.blocked = blockedSum
	}
	o.grad = func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		shape := in[0].Shape().Clone()
		o := &Op{
			name:   fmt.Sprintf("%s_backward(axes=%v, keep=%v, shape=%v)", name, r.axes.list(), keep, shape),
			spec:   Spec{Kind: KindGradient},
			types:  []hm.Type{o.types[1], tensorOf(r.dims)},
			shape:  become(r.shape(shape), shape),
			kernel: kernels{reduceSumBackward[float32](r.axes, factor), reduceSumBackward[float64](r.axes, factor)},
		}
		dx, err := o.apply(dy)
		return gorgonia.Nodes{dx}, err
	}
	return o.apply(x)
}

// become is the rule of an op that takes one shape only, and gives another.
func become(from, to tensor.Shape) shapeRule {
	return func(in []tensor.Shape) (tensor.Shape, error) {
		if !slices.Equal(in[0], from) {
			return nil, errors.Errorf("input 0: got shape %v, want %v", in[0], from)
		}
		return to.Clone(), nil
	}
}

func reduceSum[T Float](along axes, factor func(n int) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		w := newBroadcastRows(c.shapes[0], [2]axes{along, along})
		n, step := w.row()
		f := factor(len(c.in[0]) / len(c.out))
		if f == 1 && w.dims == 2 && step[0] == 1 {
			kernel.SumRows(c.flushed, c.out, c.in[0])
			return nil
		}
		sums := c.scratch(len(c.out))
		clear(sums)
		for more := true; more; more = w.next() {
			x, sums := c.in[0][w.at:w.at+n], sums[w.small[0]:]
			if step[0] == 0 {
				sums[0] += kernel.Sum(x)
				continue
			}
			for j, v := range x {
				sums[j] += float64(v)
			}
		}
		for i, s := range sums {
			c.out[i] = T(s * f)
		}
		return nil
	}
}

func reduceSumBackward[T Float](along axes, factor func(n int) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		dy := c.in[0]
		f := T(factor(len(c.out) / len(dy)))
		w := newBroadcastRows(c.shape, [2]axes{along, along})
		n, step := w.row()
		for more := true; more; more = w.next() {
			for j := range n {
				c.out[w.at+j] = f * dy[w.small[0]+j*step[0]]
			}
		}
		return nil
	}
}

func reduceMax[T Float](along axes) func(*call[T]) error {
	return func(c *call[T]) error {
		for i := range c.out {
			c.out[i] = T(math.Inf(-1))
		}
		w := newBroadcastRows(c.shapes[0], [2]axes{along, along})
		n, step := w.row()
		for more := true; more; more = w.next() {
			for j, v := range c.in[0][w.at : w.at+n] {
				top := &c.out[w.small[0]+j*step[0]]
				*top = max(*top, v)
			}
		}
		return nil
	}
}

// reduceMaxBackward divides dy among the elements that are the largest. Where the maximum is NaN, so is the gradient.
func reduceMaxBackward[T Float](along axes) func(*call[T]) error {
	return func(c *call[T]) error {
		x, y, dy := c.in[0], c.in[1], c.in[2]
		share := c.scratch(len(y))
		clear(share)
		start := newBroadcastRows(c.shapes[0], [2]axes{along, along})
		n, step := start.row()
		w := start
		for more := true; more; more = w.next() {
			for j, v := range x[w.at : w.at+n] {
				if at := w.small[0] + j*step[0]; v == y[at] {
					share[at]++
				}
			}
		}
		for i, count := range share {
			share[i] = float64(dy[i]) / count
		}
		w = start
		for more := true; more; more = w.next() {
			for j, v := range x[w.at : w.at+n] {
				at := w.small[0] + j*step[0]
				switch top := y[at]; {
				case v == top:
					c.out[w.at+j] = T(share[at])
				case top == top:
					c.out[w.at+j] = 0
				default:
					c.out[w.at+j] = top
				}
			}
		}
		return nil
	}
}
