package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// GroupNorm normalises groups of channels of each image x (batch, channels, ...) over their pixels, then scales each channel by a gain
// and adds a shift, both learnt (Wu & He 2018). It does the same in training and evaluation, for any batch. A group must have at least two
// numbers in each image, or its output is constant; PyTorch demands that of a batch of 1 only.
type GroupNorm struct {
	// Groups is the number of groups, a divisor of the number of channels. One group normalises each image as a whole.
	Groups int
	// Eps is added to the variance; 0 means 1e-5.
	Eps float64
	// GainInit draws the gain; nil means ones.
	GainInit initializer.Initializer
}

// Apply draws the normalisation.
func (n GroupNorm) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("groupnorm")
	if x.Dims() < 3 {
		return b.Failf("got input of shape %v, want (batch, channels, ...)", x.Shape())
	}
	if n.Groups <= 0 || x.Shape()[1]%n.Groups != 0 {
		return b.Failf("got Groups %d for %d channels, want a divisor", n.Groups, x.Shape()[1])
	}
	gain, shift := gainAndShift(b, x.Shape()[1], n.GainInit)
	return normalizeGroups(b, x, n.Groups, n.Eps, gain, shift)
}

// InstanceNorm normalises each channel of each image x (batch, channels, ...) over its pixels, of which there must be at least two
// (Ulyanov et al. 2016). It does the same in training and evaluation, for any batch.
type InstanceNorm struct {
	// Eps is added to the variance; 0 means 1e-5.
	Eps float64
	// Affine scales each channel by a gain and adds a shift, both learnt. As in PyTorch there are none by default.
	Affine bool
	// GainInit draws the gain; nil means ones.
	GainInit initializer.Initializer
}

// Apply draws the normalisation.
func (n InstanceNorm) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("instancenorm")
	if x.Dims() < 3 {
		return b.Failf("got input of shape %v, want (batch, channels, ...)", x.Shape())
	}
	channels := x.Shape()[1]
	if n.Affine {
		gain, shift := gainAndShift(b, channels, n.GainInit)
		return normalizeGroups(b, x, channels, n.Eps, gain, shift)
	}
	return normalizeGroups(b, x, channels, n.Eps, b.constant(1, channels), b.constant(0, channels))
}

func normalizeGroups(b *Builder, x *gorgonia.Node, groups int, eps float64, gain, shift *gorgonia.Node) *gorgonia.Node {
	if !(eps >= 0) {
		return b.Failf("got Eps %g, want at least 0", eps)
	}
	if x.Shape().TotalSize()/x.Shape()[0]/groups < 2 {
		return b.Failf("got input of shape %v, which has 1 number in each of %d groups of an image and so no variance, want at least 2 "+
			"(take fewer groups, or normalise before the image shrinks to this size)", x.Shape(), groups)
	}
	axis := op.OverGroups(groups)
	mean := b.Check(op.Mean(x, axis))
	rstd := b.Check(op.RStd(x, mean, axis, orDefault(eps, normEps)))
	return b.Check(op.Normalize(x, mean, rstd, gain, shift, axis, false))
}

var (
	_ Layer = GroupNorm{}
	_ Layer = InstanceNorm{}
)
