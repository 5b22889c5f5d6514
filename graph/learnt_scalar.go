package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// ScalarGain multiplies all elements by one number that is trained. Residual networks without normalisation have one at the end of
// each branch: of 0 at first in SkipInit (De & Smith 2020) and ReZero (Bachlechner et al. 2020), of 1 in Fixup (Zhang et al. 2019).
type ScalarGain struct {
	Init initializer.Initializer // nil means 1
}

// Apply draws the product.
func (s ScalarGain) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("scalar_gain")
	init := s.Init
	if init == nil {
		init = initializer.Constant{Value: 1}
	}
	return b.Check(op.BroadcastMul(x, b.Param(Param{Name: "gain", Role: Gain, Init: init}, 1)))
}

// ScalarBias adds one number that is trained to all elements, as Fixup does before each linear map and each activation (Zhang et al.
// 2019). It begins at 0.
type ScalarBias struct{}

// Apply draws the sum.
func (ScalarBias) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("scalar_bias")
	return b.Check(op.BroadcastAdd(x, b.Param(Param{Name: "bias", Role: Bias, Init: initializer.Constant{}}, 1)))
}

var (
	_ Layer = ScalarGain{}
	_ Layer = ScalarBias{}
)
