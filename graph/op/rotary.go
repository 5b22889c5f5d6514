package op

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A RotaryConfig says how [Rotary] turns features.
type RotaryConfig struct {
	Heads int     // that the features are divided into; 0 means 1
	First int     // the number of heads that are turned, the first ones; 0 means all
	Width int     // the number of features of a head that are turned, the first ones; 0 means all
	Base  float64 // of the angles; 0 means 10000
	Start int     // the position of the first row, as when keys before it are kept
	// Interleaved pairs features 2i and 2i+1, as Su et al. 2021 do. Otherwise i and i + Width/2 are a pair, as in most programs since.
	Interleaved bool
}

// Rotary is the rotary position embedding (Su et al. 2021, "RoFormer", sec. 3.2.2) of x (batch, T, features): in each head, pair i of
// features of the row at position t is turned by the angle t·Base^(-2i/Width). Products of turned queries and keys depend on the distance
// of their positions only.
//
// Queries, keys and values in one tensor, as [SelfAttention] reads them, are 3·n heads, of which the first 2·n are turned.
//
// Its gradient is dy turned back.
func Rotary(x *gorgonia.Node, c RotaryConfig) (*gorgonia.Node, error) { return c.draw(x, false) }

// draw draws the rotation, forwards or back.
func (c RotaryConfig) draw(x *gorgonia.Node, back bool) (*gorgonia.Node, error) {
	c, err := c.filled(x)
	if err != nil {
		return nil, errors.Wrap(err, "rotary")
	}
	name := fmt.Sprintf("rotary(%+v)", c)
	kind := KindRotary
	if back {
		name, kind = fmt.Sprintf("rotary_backward(%+v)", c), KindGradient
	}
	o := &Op{
		name:  name,
		spec:  Spec{Kind: kind, Heads: c.Heads},
		types: repeat(3, 1),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			if in[0][2] != x.Shape()[2] {
				return nil, errors.Errorf("got %d features, want %d", in[0][2], x.Shape()[2])
			}
			return in[0].Clone(), nil
		},
		kernel:  kernels{rotary[float32](c, back), rotary[float64](c, back)},
		inPlace: []int{0},
		grad: func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := c.draw(dy, !back)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

// filled checks the configuration for x and fills in what is not set.
func (c RotaryConfig) filled(x *gorgonia.Node) (RotaryConfig, error) {
	if x == nil || x.Dims() != 3 || len(x.Shape()) != 3 {
		return c, errors.New("input 0: got no tensor of three axes, want (batch, T, features)")
	}
	features := x.Shape()[2]
	c.Heads = max(c.Heads, 1)
	if c.First == 0 {
		c.First = c.Heads
	}
	if c.Width == 0 {
		c.Width = features / c.Heads
	}
	if c.Base == 0 {
		c.Base = 10000
	}
	switch {
	case features%c.Heads != 0:
		return c, errors.Errorf("got %d features, want a multiple of %d heads", features, c.Heads)
	case c.First < 0 || c.First > c.Heads:
		return c, errors.Errorf("got %d heads to turn, want 1 to %d", c.First, c.Heads)
	case c.Width < 0 || c.Width > features/c.Heads || c.Width%2 != 0:
		return c, errors.Errorf("got %d features of a head to turn, want an even number up to %d", c.Width, features/c.Heads)
	case !(c.Base > 0) || math.IsInf(c.Base, 0):
		return c, errors.Errorf("got base %v, want a positive number", c.Base)
	case c.Start < 0:
		return c, errors.Errorf("got start %d, want at least 0", c.Start)
	}
	return c, nil
}

// angles are the cosines and sines of the angles, by position and pair.
type angles[T Float] struct{ cos, sin []T }

// set computes them for a number of positions, once.
func (a *angles[T]) set(c RotaryConfig, positions int) {
	pairs := c.Width / 2
	if len(a.cos) == positions*pairs {
		return
	}
	a.cos, a.sin = make([]T, positions*pairs), make([]T, positions*pairs)
	for i := range a.cos {
		angle := float64(c.Start+i/pairs) * math.Pow(c.Base, -2*float64(i%pairs)/float64(c.Width))
		a.cos[i], a.sin[i] = T(math.Cos(angle)), T(math.Sin(angle))
	}
}

func rotary[T Float](c RotaryConfig, back bool) func(*call[T]) error {
	return func(call *call[T]) error {
		r := kept[rotation[T]](call)
		r.RotaryConfig, r.back = c, back
		r.angles.set(c, call.shape[1])
		r.x, r.y, r.positions, r.features = call.in[0], call.out, call.shape[1], call.shape[2]
		kernel.ShareRows(call.shape[0]*r.positions, r.features, r)
		return nil
	}
}

// A rotation is a kernel at work.
type rotation[T Float] struct {
	RotaryConfig
	angles              angles[T]
	back                bool
	x, y                []T
	positions, features int
}

// Rows turns the rows [from, to).
func (r *rotation[T]) Rows(from, to int) {
	pairs, width := r.Width/2, r.features/r.Heads
	for i := from; i < to; i++ {
		x, y := row(r.x, i, r.features), row(r.y, i, r.features)
		copy(y, x)
		position := i % r.positions
		cos, sin := row(r.angles.cos, position, pairs), row(r.angles.sin, position, pairs)
		for head := range r.First {
			r.turn(row(y, head, width)[:r.Width], cos, sin)
		}
	}
}

// turn turns the pairs of a head.
func (r *rotation[T]) turn(y, cos, sin []T) {
	apart, step := len(cos), 1
	if r.Interleaved {
		apart, step = 1, 2
	}
	sign := T(1)
	if r.back {
		sign = -1
	}
	for i, c := range cos {
		s := sign * sin[i]
		a, b := y[i*step], y[i*step+apart]
		y[i*step], y[i*step+apart] = a*c-b*s, b*c+a*s
	}
}
