package op

import (
	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Inner is the sum of the products of the elements of y and dy, a scalar whose gradient by y is dy. It makes a loss of a node whose
// gradient dy comes from elsewhere. It can be differentiated as a term of weight 1 only.
func Inner(y, dy *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:  "inner",
		spec:  Spec{Kind: KindDot},
		types: []hm.Type{tensorOf(dimsOf(y)), tensorOf(dimsOf(y)), tensorOf(0)},
		wrt:   []bool{true, false},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			_, err := sameShapes(in)
			return tensor.ScalarShape(), err
		},
		kernel: kernels{inner[float32], inner[float64]},
		grad: func(in gorgonia.Nodes, _, by *gorgonia.Node) (gorgonia.Nodes, error) {
			if SpecOf(by).Kind != KindConstant {
				return nil, errors.Errorf("got a term of the loss times %v, want one of weight 1", by)
			}
			return gorgonia.Nodes{in[1], nil}, nil
		},
	}
	return o.apply(y, dy)
}

func inner[T Float](c *call[T]) error {
	sum := 0.0
	for i, v := range c.in[0] {
		sum += float64(v) * float64(c.in[1][i])
	}
	c.out[0] = T(sum)
	return nil
}
