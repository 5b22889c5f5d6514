package attention

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/enum"
)

// Norm chooses the normalisation of a network.
type Norm int

// The normalisations.
const (
	LayerNorm Norm = iota // with a mean, a gain and a shift (Ba et al. 2016)
	RMS                   // without a mean and a shift: [RMSNorm]
)

// String is "layer" or "rms".
func (n Norm) String() string { return enum.Name("norm", n, "layer", "rms") }

// defaultEps is added to variances, as in PyTorch.
const defaultEps = 1e-5

// RMSNorm divides each row of x (..., features) by its root mean square, then multiplies by a gain that is trained, the parameter
// "weight" (features) (Zhang & Sennrich 2019).
type RMSNorm struct {
	Eps float64 // is added to the mean square; 0 means 1e-5
}

// Apply draws the normalisation.
func (n RMSNorm) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("rmsnorm")
	if !(n.Eps >= 0) {
		return b.Failf("got Eps %g, want at least 0", n.Eps)
	}
	if n.Eps == 0 {
		n.Eps = defaultEps
	}
	return RMS.draw(b, x, n.Eps)
}

// draw draws the normalisation of the last axis with the parameters "weight" and "bias" of the scope.
func (n Norm) draw(b *graph.Builder, x *gorgonia.Node, eps float64) *gorgonia.Node {
	features := x.Shape()[x.Dims()-1]
	gain := b.Param(graph.Param{Name: "weight", Role: graph.Gain, Init: initializer.Constant{Value: 1}}, features)
	if n == RMS {
		return b.Check(op.RMSNorm(x, gain, eps))
	}
	shift := b.Param(graph.Param{Name: "bias", Role: graph.Shift, Init: initializer.Constant{}}, features)
	mean := b.Check(op.Mean(x, op.OverFeatures))
	rstd := b.Check(op.RStd(x, mean, op.OverFeatures, eps))
	return b.Check(op.Normalize(x, mean, rstd, gain, shift, op.OverFeatures, false))
}

// validate returns an error unless n is one of the normalisations.
func (n Norm) validate() error {
	if n != LayerNorm && n != RMS {
		return errors.Errorf("attention: Norm: got %v, want LayerNorm or RMS", n)
	}
	return nil
}

// Layer is the normalisation as a layer that is called so.
func (n Norm) Layer(name string) graph.Layer {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return n.draw(b.ScopeAs(name), x, defaultEps) })
}

var _ graph.Layer = RMSNorm{}
