package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// BroadcastAdd is a + b by NumPy's rules of broadcasting: the shapes are aligned at their last axes, and a tensor is repeated
// along an axis where it has a single element, or that it lacks. So (2, 3, 4) and (3, 1) give (2, 3, 4). [Add] does the same
// for tensors of one shape, and returns an error for others.
//
// Its gradient: dy, summed for each input along the axes it was repeated on.
func BroadcastAdd(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	return broadcast(plus, a, b, func(_, _, _, dy *gorgonia.Node) (da, db *gorgonia.Node, err error) { return dy, dy, nil })
}

// BroadcastSub is a - b, as in [BroadcastAdd]. Its gradient, before the sums: dy and -dy.
func BroadcastSub(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	return broadcast(minus, a, b, func(_, _, _, dy *gorgonia.Node) (da, db *gorgonia.Node, err error) {
		db, err = Scale(dy, -1)
		return dy, db, err
	})
}

// BroadcastMul is the product a·b of elements, as in [BroadcastAdd]. Its gradient, before the sums: dy·b and dy·a.
func BroadcastMul(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	return broadcast(times, a, b, func(a, b, _, dy *gorgonia.Node) (da, db *gorgonia.Node, err error) {
		if da, err = BroadcastMul(dy, b); err != nil {
			return nil, nil, err
		}
		db, err = BroadcastMul(dy, a)
		return da, db, err
	})
}

// BroadcastDiv is the quotient a/b of elements, as in [BroadcastAdd]. Its gradient, before the sums: dy/b and -y·dy/b.
func BroadcastDiv(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	return broadcast(over, a, b, func(_, b, y, dy *gorgonia.Node) (da, db *gorgonia.Node, err error) {
		if da, err = BroadcastDiv(dy, b); err != nil {
			return nil, nil, err
		}
		if db, err = Mul(da, y); err != nil {
			return nil, nil, err
		}
		db, err = Scale(db, -1)
		return da, db, err
	})
}

// An arith is an operation on two numbers.
type arith int

const (
	plus arith = iota
	minus
	times
	over
)

func (a arith) String() string { return [...]string{"add", "sub", "mul", "div"}[a] }

// broadcast draws an operation. The gradients from grads may have the shape of y: they are summed to the shapes of a and b.
func broadcast(f arith, a, b *gorgonia.Node, grads func(a, b, y, dy *gorgonia.Node) (da, db *gorgonia.Node, err error)) (*gorgonia.Node, error) {
	o := &Op{
		name:   fmt.Sprintf("broadcast_%v", f),
		spec:   Spec{Kind: [...]Kind{plus: KindAdd, minus: KindSub, times: KindMul, over: KindDiv}[f]},
		types:  []hm.Type{tensorOf(dimsOf(a)), tensorOf(dimsOf(b)), tensorOf(max(dimsOf(a), dimsOf(b)))},
		shape:  func(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in[0], in[1]) },
		kernel: kernels{broadcastKernel[float32](f), broadcastKernel[float64](f)},
		grad: func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			da, db, err := grads(in[0], in[1], y, dy)
			if err != nil {
				return nil, err
			}
			if da, err = sumTo(da, in[0].Shape()); err != nil {
				return nil, err
			}
			db, err = sumTo(db, in[1].Shape())
			return gorgonia.Nodes{da, db}, err
		},
	}
	if a != nil && b != nil {
		o.inPlace = fullSize(a.Shape(), b.Shape())
	}
	return o.apply(a, b)
}

// fullSize lists the inputs that have the shape of the result.
func fullSize(in ...tensor.Shape) (list []int) {
	out, err := broadcastShape(in[0], in[1])
	for i, s := range in {
		if err == nil && slices.Equal(s, out) {
			list = append(list, i)
		}
	}
	return list
}

func broadcastShape(a, b tensor.Shape) (tensor.Shape, error) {
	dims := max(len(a), len(b))
	if dims > maxDims {
		return nil, errors.Errorf("got an input of %d dimensions, want at most %d", dims, maxDims)
	}
	out := make(tensor.Shape, dims)
	for i := range out {
		m, n := sizeOf(a, i, dims), sizeOf(b, i, dims)
		if m != n && m != 1 && n != 1 {
			return nil, errors.Errorf("cannot broadcast %v and %v: axis %d: got %d and %d elements, want the same number or 1", a, b, i, m, n)
		}
		out[i] = max(m, n)
	}
	return out, nil
}

// sizeOf is the size along an axis of a shape that is padded with ones on the left to dims dimensions.
func sizeOf(s tensor.Shape, axis, dims int) int {
	if i := axis - dims + len(s); i >= 0 {
		return s[i]
	}
	return 1
}

// singleAxes are the axes of out along which a tensor of shape s has one element.
func singleAxes(s, out tensor.Shape) (set axes) {
	for i := range out {
		if sizeOf(s, i, len(out)) == 1 {
			set |= 1 << i
		}
	}
	return set
}

// sumTo sums x to a shape that broadcasts to the shape of x.
func sumTo(x *gorgonia.Node, shape tensor.Shape) (*gorgonia.Node, error) {
	if slices.Equal(x.Shape(), shape) {
		return x, nil
	}
	shape = shape.Clone()
	along := singleAxes(shape, x.Shape())
	one := func(int) float64 { return 1 }
	o := &Op{
		name:   fmt.Sprintf("sum_to%v", shape),
		spec:   Spec{Kind: KindGradient},
		types:  []hm.Type{tensorOf(dimsOf(x)), tensorOf(len(shape))},
		shape:  become(x.Shape().Clone(), shape),
		kernel: kernels{reduceSum[float32](along, one), reduceSum[float64](along, one)},
	}
	return o.apply(x)
}

func broadcastKernel[T Float](f arith) func(*call[T]) error {
	whole := [...]func(flushed *kernel.Flushed, dst, a, b []T){plus: kernel.Add[T], minus: kernel.Sub[T], times: kernel.Mul[T], over: kernel.Div[T]}[f]
	return func(c *call[T]) error {
		w := newBroadcastRows(c.shape, [2]axes{singleAxes(c.shapes[0], c.shape), singleAxes(c.shapes[1], c.shape)})
		n, step := w.row()
		for more := true; more; more = w.next() {
			out, a, b := c.out[w.at:w.at+n], c.in[0][w.small[0]:], c.in[1][w.small[1]:]
			if step == [2]int{1, 1} {
				whole(c.flushed, out, a[:n], b[:n])
			} else {
				arithRow(f, out, a, step[0], b, step[1])
			}
		}
		return nil
	}
}

// arithRow computes a row where a, b or both have a single element, with a step of 0.
func arithRow[T Float](f arith, out, a []T, stepA int, b []T, stepB int) {
	switch f {
	case plus:
		for i := range out {
			out[i] = a[i*stepA] + b[i*stepB]
		}
	case minus:
		for i := range out {
			out[i] = a[i*stepA] - b[i*stepB]
		}
	case times:
		for i := range out {
			out[i] = a[i*stepA] * b[i*stepB]
		}
	case over:
		for i := range out {
			out[i] = a[i*stepA] / b[i*stepB]
		}
	}
}
