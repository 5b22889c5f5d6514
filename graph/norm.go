package graph

import (
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/enum"
)

// normEps is added to variances, as PyTorch does in both layers.
const normEps = 1e-5

// BatchNorm normalises each feature of x (batch, features) over the batch, or each channel of images (batch, channels, ...) over the
// batch and all pixels. Then it scales by a gain and adds a shift, both learnt (Ioffe & Szegedy 2015, alg. 1). Put it between the
// linear map and the activation.
//
// In training it uses the mean and the biased variance of the batch, and moves the running mean and the running,
// unbiased, variance toward them after each step; in evaluation it uses the running ones. In training every batch must
// have at least two samples, also the last of an epoch. With Config.Ranks the batch is that of all ranks together.
type BatchNorm struct {
	// Eps is added to the variance; 0 means 1e-5.
	Eps float64
	// Momentum is the share of the batch in the new running statistics; 0 means 0.1, as in PyTorch.
	Momentum float64
	// GainInit draws the gain; nil means ones.
	GainInit initializer.Initializer
}

// Apply draws the normalisation.
func (n BatchNorm) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("batchnorm")
	axis := op.OverBatch
	if x.Dims() > 2 {
		axis = op.OverImages
	}
	if x.Dims() < 2 {
		return b.Failf("got input of shape %v, want (batch, features) or (batch, channels, ...)", x.Shape())
	}
	if batch := x.Shape()[0]; b.Training() && b.ranks == nil && x.Shape().TotalSize()/x.Shape()[1] < 2 {
		return b.Failf("a batch of %d has no variance: got %[1]d sample, want at least 2 at once "+
			"(if it is the last batch of an epoch, drop it by train.Trainer.DropLast or choose another batch size)", batch)
	}
	if !(n.Eps >= 0) || !(n.Momentum >= 0 && n.Momentum <= 1) {
		return b.Failf("got Eps %g and Momentum %g, want Eps >= 0 and Momentum in [0, 1]", n.Eps, n.Momentum)
	}
	features := x.Shape()[1]
	gain, shift := gainAndShift(b, features, n.GainInit)
	runningMean := b.Param(Param{Name: "running_mean", Role: RunningStat, Init: initializer.Constant{Value: 0}}, features)
	runningVar := b.Param(Param{Name: "running_var", Role: RunningStat, Init: initializer.Constant{Value: 1}}, features)

	if b.Training() && b.ranks != nil {
		return n.overRanks(b, x, gain, shift, runningMean, runningVar)
	}
	mean, rstd := runningMean, (*gorgonia.Node)(nil)
	if b.Training() {
		mean = b.Check(op.Mean(x, axis))
		rstd = b.Check(op.RStd(x, mean, axis, orDefault(n.Eps, normEps)))
		momentum := orDefault(n.Momentum, 0.1)
		b.Update(runningMean, b.Check(op.Lerp(runningMean, mean, momentum)))
		b.Update(runningVar, b.Check(op.Lerp(runningVar, b.Check(op.UnbiasedVar(x, mean, axis)), momentum)))
	} else {
		rstd = b.Check(op.RStdOf(runningVar, orDefault(n.Eps, normEps)))
	}
	return b.Check(op.Normalize(x, mean, rstd, gain, shift, axis, !b.Training()))
}

// LayerNorm normalises each row of x (..., features) over its features, then scales by a gain and adds a shift, both
// learnt (Ba et al. 2016, eq. 4). It does the same in training and evaluation. There must be at least two features, or its output is
// constant.
type LayerNorm struct {
	// Channels means that axis 1 of images x (batch, channels, height, width) holds the features: each pixel is normalised over its
	// channels, as in ConvNeXt (Liu et al. 2022). For the mean of all channels and pixels use GroupNorm{Groups: 1}.
	Channels bool
	// Eps is added to the variance; 0 means 1e-5.
	Eps float64
	// GainInit draws the gain; nil means ones.
	GainInit initializer.Initializer
}

// Apply draws the normalisation.
func (n LayerNorm) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("layernorm")
	if x.Dims() < 2 {
		return b.Failf("got input of shape %v, want (batch, ..., features)", x.Shape())
	}
	if !(n.Eps >= 0) {
		return b.Failf("got Eps %g, want at least 0", n.Eps)
	}
	if n.Channels {
		return n.overChannels(b, x)
	}
	return n.draw(b, x)
}

func (n LayerNorm) overChannels(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if x.Dims() != 4 {
		return b.Failf("got input of shape %v, want (batch, channels, height, width)", x.Shape())
	}
	y := n.draw(b, b.Check(gorgonia.Transpose(x, 0, 2, 3, 1)))
	return b.Check(gorgonia.Transpose(y, 0, 3, 1, 2))
}

func (n LayerNorm) draw(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if x.Shape()[x.Dims()-1] < 2 {
		return b.Failf("got input of shape %v, which has 1 feature and so no variance, want at least 2 (leave the normalisation out there)", x.Shape())
	}
	gain, shift := gainAndShift(b, x.Shape()[x.Dims()-1], n.GainInit)
	mean := b.Check(op.Mean(x, op.OverFeatures))
	rstd := b.Check(op.RStd(x, mean, op.OverFeatures, orDefault(n.Eps, normEps)))
	return b.Check(op.Normalize(x, mean, rstd, gain, shift, op.OverFeatures, false))
}

func gainAndShift(b *Builder, features int, gainInit initializer.Initializer) (gain, shift *gorgonia.Node) {
	gain = b.Param(Param{Name: "gain", Role: Gain, Init: orInit(gainInit, initializer.Constant{Value: 1})}, features)
	shift = b.Param(Param{Name: "shift", Role: Shift, Init: initializer.Constant{Value: 0}}, features)
	return gain, shift
}

func orDefault(v, otherwise float64) float64 {
	if v == 0 {
		return otherwise
	}
	return v
}

// A Norm chooses a normalisation in a model's configuration. The zero value is none.
type Norm int

// The normalisations.
const (
	NoNorm Norm = iota
	BN
	LN
)

// String is "none", "bn" or "ln".
func (n Norm) String() string { return enum.Name("norm", n, "none", "bn", "ln") }

// ParseNorm finds a normalisation by its name.
func ParseNorm(name string) (Norm, error) {
	for _, n := range []Norm{NoNorm, BN, LN} {
		if n.String() == strings.ToLower(name) {
			return n, nil
		}
	}
	return NoNorm, errors.Errorf("graph: unknown normalisation: got %q, want none, bn or ln", name)
}

// Validate returns an error unless n is one of the normalisations.
func (n Norm) Validate() error {
	if n < NoNorm || n > LN {
		return errors.Errorf("graph: %v is no normalisation: use NoNorm, BN or LN", n)
	}
	return nil
}

// Layer is the normalisation as a layer whose gain is drawn by gainInit (nil: ones), or nil for NoNorm.
func (n Norm) Layer(gainInit initializer.Initializer) Layer {
	switch n {
	case BN:
		return BatchNorm{GainInit: gainInit}
	case LN:
		return LayerNorm{GainInit: gainInit}
	case NoNorm:
		return nil
	}
	return LayerFunc(func(b *Builder, _ *gorgonia.Node) *gorgonia.Node { return b.fail(n.Validate()) })
}

var (
	_ Layer = BatchNorm{}
	_ Layer = LayerNorm{}
)
