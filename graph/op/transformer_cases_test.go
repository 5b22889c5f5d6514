package op_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// rotations are of one and several heads, of all features and of some.
var rotations = []op.RotaryConfig{
	{}, {Base: 50}, {Interleaved: true}, {Start: 3}, {Heads: 3}, {Heads: 3, First: 2}, {Width: 4}, {Heads: 3, First: 1, Width: 2, Interleaved: true, Start: 1, Base: 9},
}

// transformerCases are the operations of transformers besides attention.
func transformerCases() (cases []gradientCase) {
	for _, shape := range shapes {
		cols := shape[len(shape)-1]
		cases = append(cases,
			gradientCase{op: "SwiGLU", name: fmt.Sprint(shape), in: []*tensor.Dense{randn(1, shape...), randn(2, shape...)},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.SwiGLU(in[0], in[1]) }},
			gradientCase{op: "RMSNorm", name: fmt.Sprint(shape), in: []*tensor.Dense{randn(1, shape...), randn(2, cols)},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.RMSNorm(in[0], in[1], 0.1) }})
	}
	for _, c := range rotations {
		for _, shape := range [][]int{{1, 1, 6}, {2, 3, 6}, {2, 2, 12}} {
			if shape[2]/max(c.Heads, 1)%2 == 1 {
				shape[2] *= 2
			}
			cases = append(cases, gradientCase{op: "Rotary", name: fmt.Sprint(shape, c), in: []*tensor.Dense{randn(1, shape...)},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Rotary(in[0], c) }})
		}
	}
	return cases
}

// transformerOpCases has them with attributes near each other.
func transformerOpCases() (cases []opCase) {
	for i, c := range rotations {
		cases = append(cases, opCase{op: "Rotary", name: fmt.Sprint(i), in: "p", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Rotary(in[0], c) }})
	}
	for _, eps := range []float64{1e-5, 1e-3} {
		cases = append(cases, binaryCase("RMSNorm", fmt.Sprint(eps), "xv", func(x, gain *gorgonia.Node) (*gorgonia.Node, error) { return op.RMSNorm(x, gain, eps) }))
	}
	return append(cases, binaryCase("SwiGLU", "", "xy", op.SwiGLU))
}
