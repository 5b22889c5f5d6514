package attention

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// A linear is a fully connected map of the last axis.
type linear struct {
	units  int
	init   initializer.Initializer // nil means XavierUniform{}
	noBias bool
}

// draw draws the map of rows (n, in) with the parameters "weight" (in, units) and "bias" of the scope.
func (l linear) draw(b *graph.Builder, rows *gorgonia.Node) *gorgonia.Node {
	fan := initializer.Fan{In: rows.Shape()[1], Out: l.units}
	weight := b.Param(graph.Param{Name: "weight", Role: graph.Weight, Fan: fan, Init: orXavier(l.init)}, fan.In, fan.Out)
	var bias *gorgonia.Node
	if !l.noBias {
		bias = b.Param(graph.Param{Name: "bias", Role: graph.Bias, Fan: fan, Init: initializer.Constant{}}, fan.Out)
	}
	return b.Check(op.Linear(rows, weight, bias))
}

func orXavier(init initializer.Initializer) initializer.Initializer {
	if init == nil {
		return initializer.XavierUniform{}
	}
	return init
}

// rowsOf makes rows (batch·time, width) of sequences.
func rowsOf(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	s := x.Shape()
	width := s[len(s)-1]
	return b.Check(gorgonia.Reshape(x, tensor.Shape{s.TotalSize() / width, width}))
}

// sequences makes sequences (batch, time, width) of rows, with the batch and the time of other sequences.
func sequences(b *graph.Builder, rows, like *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Reshape(rows, tensor.Shape{like.Shape()[0], like.Shape()[1], rows.Shape()[1]}))
}

// checkSequences fails unless x is (batch, time, width).
func checkSequences(b *graph.Builder, x *gorgonia.Node) {
	if x.Dims() != 3 {
		b.Failf("got input of shape %v, want sequences (batch, time, width)", x.Shape())
	}
}
