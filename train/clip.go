package train

import (
	"cmp"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// ClipNorm is a callback that scales the gradients of all parameters together when their common L2 norm is above Max
// (Pascanu et al. 2013, alg. 1):
//
//	g = g·Max/(||g|| + 1e-6)   if that factor is below 1
//
// as torch.nn.utils.clip_grad_norm_ does. Gradients with a NaN or an infinity are not scaled, so that the fault stays visible.
type ClipNorm struct {
	Base
	Max float64 // largest norm; 0 means 1

	Norm    float64 // of the gradients in the last step, before clipping
	Clipped int     // steps so far in which they were scaled

	clipping
}

var _ Callback = (*ClipNorm)(nil)

// Begin checks the configuration.
func (c *ClipNorm) Begin(*Run) error {
	if !(c.Max >= 0) {
		return errors.Errorf("train: ClipNorm.Max: got %g, want a positive norm, or 0 for 1", c.Max)
	}
	c.Norm, c.Clipped = 0, 0
	return nil
}

// BeforeUpdate scales the gradients.
func (c *ClipNorm) BeforeUpdate(r *Run) error {
	c.Norm = c.measure(r)
	factor := cmp.Or(c.Max, 1) / (c.Norm + 1e-6)
	if !(factor < 1) || math.IsInf(c.Norm, 0) {
		return nil
	}
	gradients(r, func(_ int, g *tensor.Dense) { scale(g, factor) })
	c.acted(r, factor)
	c.Clipped++
	return nil
}

// clipping is the part that all callbacks that clip share: what they tell later callbacks.
type clipping struct {
	norms []float64 // of each gradient in the last step, before any clipping
}

// measure gives the common L2 norm of the gradients.
func (c *clipping) measure(r *Run) float64 {
	if n := len(r.Program.Weights); len(c.norms) != n {
		c.norms = make([]float64, n)
	}
	clear(c.norms)
	all := 0.0
	gradients(r, func(i int, g *tensor.Dense) {
		l2 := norm(g)
		all = math.Hypot(all, l2)
		c.norms[i] = l2 / r.Clip
	})
	return all
}

// commonNorm is the L2 norm of all gradients together.
func commonNorm(r *Run) float64 {
	all := 0.0
	gradients(r, func(_ int, g *tensor.Dense) { all = math.Hypot(all, norm(g)) })
	return all
}

// acted tells that the gradients of this step were clipped, which scaled their common norm by a factor.
func (c *clipping) acted(r *Run, factor float64) {
	r.Clip *= factor
	if r.Unclipped == nil {
		r.Unclipped = c.norms
	}
}

// gradients calls f with the gradient of each parameter that has one, and its index in Program.Weights.
func gradients(r *Run, f func(i int, g *tensor.Dense)) {
	for i, w := range r.Program.Weights {
		if g := gradientOf(w); g != nil {
			f(i, g)
		}
	}
}

// norm is the L2 norm. It is right for gradients whose squares leave float64's range, too.
func norm(g *tensor.Dense) float64 {
	if g.Dtype() == tensor.Float32 {
		return math.Sqrt(kernel.SumSquares(g.Float32s()))
	}
	x := g.Float64s()
	if sum := kernel.SumSquares(x); smallestSum < sum && sum <= math.MaxFloat64 {
		return math.Sqrt(sum)
	}
	l2 := 0.0
	for _, v := range x {
		l2 = math.Hypot(l2, v)
	}
	return l2
}

// smallestSum is the least sum of squares that can be relied on: next to it, squares lost to underflow, each below 1e-307, do
// not matter.
const smallestSum = 1e-280

// smallestFactor is the least factor to scale by in one step: smaller factors lose digits in float32, or become zero there.
const smallestFactor = 1e-30

// scale multiplies a gradient, in two steps if the factor is very small.
func scale(g *tensor.Dense, factor float64) {
	if factor < smallestFactor {
		scale(g, smallestFactor)
		factor /= smallestFactor
	}
	if g.Dtype() == tensor.Float32 {
		kernel.Scale(nil, g.Float32s(), float32(factor), g.Float32s())
		return
	}
	kernel.Scale(nil, g.Float64s(), factor, g.Float64s())
}
