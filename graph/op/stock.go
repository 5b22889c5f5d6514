package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Replacement gives an op of ours that computes, from the same inputs, what the operation of Gorgonia's own at a node is
// meant to compute. It is nil if there is none.
func Replacement(n *gorgonia.Node) *Op {
	if fmt.Sprintf("%T", n.Op()) != "gorgonia.elemBinOp" {
		return nil
	}
	if n.Op().String() != "+ false" {
		return nil
	}
	it := n.Graph().From(n.ID())
	for it.Next() {
		in := it.Node().(*gorgonia.Node)
		if !in.Shape().Eq(n.Shape()) || in.Dtype() != n.Dtype() || in.Dtype() != tensor.Float32 && in.Dtype() != tensor.Float64 {
			return nil
		}
	}
	return addOp(n.Dims())
}
