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
	b = b.Scope("dropout")
	if d.P < 0 || d.P >= 1 || d.P != d.P {
		return b.Failf("got P %g, want a probability in [0, 1)", d.P)
	}
	if d.P == 0 || !b.Training() {
		return x
	}
	mask := b.Check(op.DropoutMask(x, d.P, b.path, b.seed, hashName(b.path)))
	return b.Check(op.Mul(x, mask))
}

var _ Layer = Dropout{}
