package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// Dropout sets each element to zero with probability P in training, and divides the others by 1-P, which keeps
// the mean (Srivastava et al. 2014, in the inverted form). It is the identity in evaluation, and for P = 0.
// Each dropout of a model draws its masks from a separate stream, seeded by the build's seed and the layer's path.
type Dropout struct {
	P float64 // in [0, 1)
}

// Apply draws the mask and its product with x.
func (d Dropout) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	return drop(b.Scope("dropout"), x, x.Dims(), d.P)
}

// Dropout2D is [Dropout] of whole channels of x (batch, channels, ...): neighbouring pixels tell much the same (Tompson et al. 2015).
type Dropout2D struct {
	P float64 // in [0, 1)
}

// Apply draws the mask and its product with x.
func (d Dropout2D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("dropout")
	if x.Dims() < 3 {
		return b.Failf("got input of shape %v, want (batch, channels, ...)", x.Shape())
	}
	return drop(b, x, 2, d.P)
}

// StochasticDepth is [Dropout] of whole samples. At the end of the branch of a residual block it lets each sample skip the branch with
// probability P (Huang et al. 2016).
type StochasticDepth struct {
	P float64 // in [0, 1)
}

// Apply draws the mask and its product with x.
func (d StochasticDepth) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	return drop(b.Scope("stochastic_depth"), x, 1, d.P)
}

// drop draws a mask with one draw for each index along the first axes, and its product with x.
func drop(b *Builder, x *gorgonia.Node, axes int, p float64) *gorgonia.Node {
	if p < 0 || p >= 1 || p != p {
		return b.Failf("got P %g, want a probability in [0, 1)", p)
	}
	if p == 0 || !b.Training() {
		return x
	}
	mask := b.Check(op.SliceDropoutMask(x, axes, p, b.path, b.seed, hashName(b.path)))
	return b.Check(op.Mul(x, mask))
}

var (
	_ Layer = Dropout{}
	_ Layer = Dropout2D{}
	_ Layer = StochasticDepth{}
)
