package op

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/kernel"
)

// rectify replaces a product with the mask that gorgonia.Rectify draws, x >= 0: of x itself, which is ReLU, or of its gradient.
// The mask is not computed then. Its slope at 0 is 1, whereas that of our [ReLU] is 0.
func (s stock) rectify() replacement {
	for i, mask := range s.in {
		x := maskOf(mask)
		switch {
		case x == nil || len(s.in) != 2:
			continue
		case x == s.in[1-i]:
			return s.by(activateOp(ReLU, 0, x.Dims()), x)
		}
		return s.by(rectifyBackward(x.Dims()), x, s.in[1-i])
	}
	return replacement{}
}

// maskOf is x of a mask x >= 0 that Rectify has drawn.
func maskOf(n *gorgonia.Node) *gorgonia.Node {
	if !inGroup(n, "Rectify") || !isStock(n, KindCompare) {
		return nil
	}
	in := Operands(n)
	if s := SpecOf(n); s.Sign != ">=" || s.Bool || len(in) != 2 || !isStock(in[1], KindConstant) || in[0].IsScalar() {
		return nil
	}
	return in[0]
}

func rectifyBackward(dims int) *Op {
	return &Op{
		name:    "rectify_backward",
		spec:    Spec{Kind: KindGradient},
		types:   repeat(dims, 2),
		shape:   sameShapes,
		kernel:  kernels{rectifySlope[float32], rectifySlope[float64]},
		inPlace: []int{1, 0},
		blocked: cellwise(noPart),
	}
}

// rectifySlope is dy where x >= 0.
func rectifySlope[T Float](c *call[T]) error {
	kernel.RectifyBackward(c.flushed, c.out, c.in[0], c.in[1])
	return nil
}
