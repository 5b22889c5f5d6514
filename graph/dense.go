package graph

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// Dense is the fully connected layer z = x·w + b on rows x of shape (batch, in).
// The weight w has shape (in, Units) and the bias b shape (Units).
type Dense struct {
	Units    int                     // width of the output; must be positive
	Init     initializer.Initializer // of the weight; nil means XavierUniform{}
	NoBias   bool
	BiasInit initializer.Initializer // nil means zeros
}

// Apply draws the linear map.
func (d Dense) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("dense")
	if x.Dims() != 2 {
		return b.Failf("got input of shape %v, want (batch, features) (put a Flatten before the layer)", x.Shape())
	}
	if d.Units <= 0 {
		return b.Failf("got Units %d, want a positive width", d.Units)
	}
	return d.draw(b, x)
}

func (d Dense) draw(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	fan := initializer.Fan{In: x.Shape()[1], Out: d.Units}
	w := b.Param(Param{Name: "weight", Role: Weight, Fan: fan, Init: orInit(d.Init, initializer.XavierUniform{})}, fan.In, fan.Out)
	var bias *gorgonia.Node
	if !d.NoBias {
		bias = b.Param(Param{Name: "bias", Role: Bias, Fan: fan, Init: orInit(d.BiasInit, initializer.Constant{})}, fan.Out)
	}
	return b.Check(op.Linear(x, w, bias))
}

// orInit is init, or otherwise if init is nil.
func orInit(init, otherwise initializer.Initializer) initializer.Initializer {
	if init == nil {
		return otherwise
	}
	return init
}

// String shows the layer as in a summary.
func (d Dense) String() string { return fmt.Sprintf("Dense(%d)", d.Units) }

var _ Layer = Dense{}
