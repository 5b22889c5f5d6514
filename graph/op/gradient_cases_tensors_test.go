package op_test

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

func reduceCases() (cases []gradientCase) {
	names := map[string]string{"reduce_sum": "ReduceSum", "reduce_mean": "ReduceMean", "reduce_max": "ReduceMax"}
	for name, reduce := range reducers {
		for _, c := range []struct {
			shape tensor.Shape
			axes  []int
		}{
			{tensor.Shape{1}, nil}, {tensor.Shape{6}, nil}, {tensor.Shape{6}, []int{0}}, {tensor.Shape{4, 7}, []int{0}},
			{tensor.Shape{4, 7}, []int{1}}, {tensor.Shape{2, 3, 4}, []int{1}}, {tensor.Shape{2, 3, 4}, []int{2, 0}},
			{tensor.Shape{2, 3, 2, 3}, []int{1, 3}}, {tensor.Shape{2, 1, 3, 2}, []int{1, 2}}, {tensor.Shape{2, 3, 4}, nil},
		} {
			for _, keep := range []bool{false, true} {
				cases = append(cases, gradientCase{op: names[name], name: fmt.Sprint(c.shape, c.axes, keep), in: []*tensor.Dense{randn(1, c.shape...)},
					draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return reduce(in[0], c.axes, keep) }})
			}
		}
	}
	return cases
}

func broadcastCases() (cases []gradientCase) {
	names := map[string]string{
		"broadcast_add": "BroadcastAdd", "broadcast_sub": "BroadcastSub", "broadcast_mul": "BroadcastMul", "broadcast_div": "BroadcastDiv",
	}
	for name, f := range broadcasts {
		for _, s := range [][2]tensor.Shape{
			{{4, 7}, {4, 7}}, {{4, 7}, {7}}, {{4, 1}, {4, 7}}, {{4, 1}, {7}}, {{2, 3, 4}, {3, 1}}, {{2, 1, 4}, {1, 3, 1}},
			{{2, 3, 1, 2}, {2, 1, 3, 1}}, {{1}, {1, 1}}, {{1}, {2, 3}},
		} {
			cases = append(cases, gradientCase{op: names[name], name: fmt.Sprint(s), in: []*tensor.Dense{randn(1, s[0]...), uniform(2, s[1]...)},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[1]) }})
		}
		cases = append(cases, gradientCase{op: names[name], name: "with itself", in: []*tensor.Dense{uniform(1, 2, 3)},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[0]) }})
	}
	return cases
}

// tableCases are embeddings, with rows used once, often and never, and products of stacks of matrices.
func tableCases() (cases []gradientCase) {
	for _, shape := range []tensor.Shape{{1}, {6}, {2, 3}, {2, 1, 3}} {
		labels := make([]int, shape.TotalSize())
		for i := range labels {
			labels[i] = (i * i) % 5
		}
		cases = append(cases, gradientCase{op: "Embedding", name: fmt.Sprint(shape),
			in: []*tensor.Dense{randn(1, 5, 3), tensor.New(tensor.WithShape(shape...), tensor.WithBacking(labels))}, fixed: []int{1},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Embedding(in[0], in[1]) }})
	}
	for _, stack := range []tensor.Shape{{1}, {3}, {2, 2}} {
		add := func(transA, transB bool, a, b tensor.Shape) {
			a, b = append(stack.Clone(), a...), append(stack.Clone(), b...)
			cases = append(cases, gradientCase{op: "BatchedMatMul", name: fmt.Sprint(a, b, transA, transB), in: []*tensor.Dense{randn(1, a...), randn(2, b...)},
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.BatchedMatMul(in[0], in[1], transA, transB) }})
		}
		add(false, false, tensor.Shape{2, 3}, tensor.Shape{3, 4})
		add(true, false, tensor.Shape{3, 2}, tensor.Shape{3, 4})
		add(false, true, tensor.Shape{2, 3}, tensor.Shape{4, 3})
		add(true, true, tensor.Shape{3, 2}, tensor.Shape{4, 3})
	}
	return cases
}
