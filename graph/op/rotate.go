package op

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Rotate encodes positions in queries and keys x (batch, time, heads·d): in each head, the elements i and i+d/2 at position t are the
// coordinates of a point that turns by the angle t·base^(-2i/d) (Su et al. 2021). The inner product of a query and a key then depends
// on the distance of their positions alone. The width d of a head must be even. The paper's base is 10,000.
//
// Its gradient: dy turned back by the same angles.
func Rotate(x *gorgonia.Node, heads int, base float64) (*gorgonia.Node, error) {
	if heads <= 0 || !(base > 0) || math.IsInf(base, 0) {
		return nil, errors.Errorf("rotate: got %d heads and the base %v, want positive numbers", heads, base)
	}
	return rotateOp(heads, base, 1).apply(x)
}

// rotateOp turns by the angles times a direction, 1 or -1.
func rotateOp(heads int, base, direction float64) *Op {
	r := rotation{heads, base, direction}
	o := &Op{
		name:    fmt.Sprintf("rotate(heads=%d, base=%v, direction=%v)", heads, base, direction),
		spec:    Spec{Kind: KindRotate, Heads: heads, Factor: base},
		types:   repeat(3, 1),
		shape:   r.shape,
		kernel:  kernels{rotate[float32](r), rotate[float64](r)},
		inPlace: []int{0},
	}
	if direction < 0 {
		o.spec.Kind = KindGradient
		return o
	}
	o.grad = func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		dx, err := rotateOp(heads, base, -direction).apply(dy)
		return gorgonia.Nodes{dx}, err
	}
	return o
}

// A rotation is the attributes of Rotate.
type rotation struct {
	heads           int
	base, direction float64
}

func (r rotation) shape(in []tensor.Shape) (tensor.Shape, error) {
	if width := in[0][2]; width%(2*r.heads) != 0 {
		return nil, errors.Errorf("input 0: got shape %v, want a width that is a multiple of %d: %d heads of an even width", in[0], 2*r.heads, r.heads)
	}
	return in[0].Clone(), nil
}

// A rotating is a rotation at work.
type rotating[T Float] struct {
	heads, time, width int
	x, y               []T
	cos, sin           []T // for each position and each pair of a head
}

// fill computes the angles of all positions, if they are not there yet.
func (w *rotating[T]) fill(r rotation) {
	pairs := w.width / r.heads / 2
	if len(w.cos) == w.time*pairs {
		return
	}
	w.cos, w.sin = make([]T, w.time*pairs), make([]T, w.time*pairs)
	for i := range w.cos {
		sin, cos := math.Sincos(float64(i/pairs) * math.Pow(r.base, -float64(i%pairs)/float64(pairs)))
		w.cos[i], w.sin[i] = T(cos), T(r.direction*sin)
	}
}

func rotate[T Float](r rotation) func(*call[T]) error {
	return func(c *call[T]) error {
		w := kept[rotating[T]](c)
		w.heads, w.time, w.width, w.x, w.y = r.heads, c.shape[1], c.shape[2], c.in[0], c.out
		w.fill(r)
		kernel.ShareRows(c.shape[0]*w.time, w.width, w)
		return nil
	}
}

// Rows turns rows [from, to).
func (w *rotating[T]) Rows(from, to int) {
	d := w.width / w.heads
	for i := from; i < to; i++ {
		x, y := row(w.x, i, w.width), row(w.y, i, w.width)
		cos, sin := row(w.cos, i%w.time, d/2), row(w.sin, i%w.time, d/2)
		for h := range w.heads {
			rotateHead(row(y, h, d), row(x, h, d), cos, sin)
		}
	}
}

// rotateHead turns the pairs of one head at one position.
func rotateHead[T Float](y, x, cos, sin []T) {
	half := len(cos)
	a, b, ya, yb, sin := x[:half], x[half:2*half], y[:half], y[half:2*half], sin[:half]
	for i, c := range cos {
		u, v, s := a[i], b[i], sin[i]
		ya[i], yb[i] = u*c-v*s, u*s+v*c
	}
}
