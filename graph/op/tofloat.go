package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ToFloat converts integers, or booleans to 0 and 1, to tensor.Float32 or tensor.Float64, so that a mask can be multiplied by. It
// has no gradient.
func ToFloat(x *gorgonia.Node, dtype tensor.Dtype) (*gorgonia.Node, error) {
	dims := dimsOf(x)
	switch {
	case dims == 0:
		return nil, errors.New("to_float: got an input that is nil or a scalar, want a tensor of int or bool")
	case x.Dtype() != tensor.Int && x.Dtype() != tensor.Bool:
		return nil, errors.Errorf("to_float: got an input of type %v, want int or bool", x.Dtype())
	case dtype != tensor.Float32 && dtype != tensor.Float64:
		return nil, errors.Errorf("to_float: got type %v for the result, want float32 or float64", dtype)
	}
	o := &Op{
		name:   fmt.Sprintf("to_float(%v to %v)", x.Dtype(), dtype),
		spec:   Spec{Kind: KindElementwise},
		types:  []hm.Type{gorgonia.TensorType{Dims: dims, Of: x.Dtype()}, gorgonia.TensorType{Dims: dims, Of: dtype}},
		shape:  sameShapes,
		kernel: kernels{toFloat[float32], toFloat[float64]},
		wrt:    []bool{false},
	}
	return o.apply(x)
}

func toFloat[T Float](c *call[T]) error {
	for i, v := range c.labels {
		c.out[i] = T(v)
	}
	for i, v := range c.flags {
		c.out[i] = 0
		if v {
			c.out[i] = 1
		}
	}
	return nil
}
