package op

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
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

// angles are the cosine and the sine for each position and each pair of a head.
type angles struct{ cos, sin []float64 }

// fill computes the angles of so many positions, if they are not there yet.
func (a *angles) fill(r rotation, time, pairs int) {
	if len(a.cos) == time*pairs {
		return
	}
	a.cos, a.sin = make([]float64, time*pairs), make([]float64, time*pairs)
	for t := range time {
		for i := range pairs {
			sin, cos := math.Sincos(float64(t) * math.Pow(r.base, -float64(i)/float64(pairs)))
			a.cos[t*pairs+i], a.sin[t*pairs+i] = cos, r.direction*sin
		}
	}
}

func rotate[T Float](r rotation) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, width := c.rows(0)
		time, d := c.shape[1], width/r.heads
		pairs := d / 2
		known := kept[angles](c)
		known.fill(r, time, pairs)
		for i := range rows {
			x, y := row(c.in[0], i, width), row(c.out, i, width)
			cos, sin := row(known.cos, i%time, pairs), row(known.sin, i%time, pairs)
			for h := range r.heads {
				rotateHead(row(y, h, d), row(x, h, d), cos, sin)
			}
		}
		return nil
	}
}

// rotateHead turns the pairs of one head at one position.
func rotateHead[T Float](y, x []T, cos, sin []float64) {
	half := len(cos)
	for i, c := range cos {
		a, b, s := float64(x[i]), float64(x[half+i]), sin[i]
		y[i], y[half+i] = T(a*c-b*s), T(a*s+b*c)
	}
}
