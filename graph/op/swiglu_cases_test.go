package op_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// gatedCases are products with an activated gate.
func gatedCases() (cases []gradientCase) {
	for _, shape := range shapes {
		cases = append(cases, gradientCase{op: "SwiGLU", name: fmt.Sprint(shape), in: []*tensor.Dense{randn(1, shape...), randn(2, shape...)},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.SwiGLU(in[0], in[1]) }})
	}
	return cases
}
