package op

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/kernel"
)

// SwiGLU is SiLU(gate) ⊙ x of two tensors of one shape (Shazeer 2020, eq. 5, without the linear maps). It stores one tensor where [Activate]
// and [Mul] store two.
//
// Its gradient: dgate = dy ⊙ x ⊙ SiLU'(gate), dx = dy ⊙ SiLU(gate).
func SwiGLU(gate, x *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:    "swiglu",
		spec:    Spec{Kind: KindMul, Name: "swiglu"},
		types:   repeat(dimsOf(gate), 2),
		shape:   sameShapes,
		kernel:  kernels{swiGLU[float32], swiGLU[float64]},
		inPlace: []int{0},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dgate, err := swiGLUGate(dy, in[0], in[1])
			if err != nil {
				return nil, err
			}
			dx, err := SwiGLU(in[0], dy)
			return gorgonia.Nodes{dgate, dx}, err
		},
	}
	return o.apply(gate, x)
}

// swiGLUGate draws the gradient of the gate.
func swiGLUGate(dy, gate, x *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:    "swiglu_gate_backward",
		spec:    Spec{Kind: KindGradient},
		types:   repeat(dimsOf(dy), 3),
		shape:   sameShapes,
		kernel:  kernels{swiGLUGateBackward[float32], swiGLUGateBackward[float64]},
		inPlace: []int{0, 1},
	}
	return o.apply(dy, gate, x)
}

func swiGLU[T Float](c *call[T]) error {
	kernel.SiLU(c.flushed, c.out, c.in[0])
	kernel.Mul(c.flushed, c.out, c.out, c.in[1])
	return nil
}

func swiGLUGateBackward[T Float](c *call[T]) error {
	kernel.SiLUBackward(c.flushed, c.out, c.in[1], c.in[0])
	kernel.Mul(c.flushed, c.out, c.out, c.in[2])
	return nil
}
