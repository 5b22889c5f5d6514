package graph_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// Each gradient has memory of its own, also where two are the same node, as those of biases that are added to each other, or
// are computed alike, as those of two maps of one input. A callback may change one in place.
func TestGradientsShareNoMemory(t *testing.T) {
	param := func(b *graph.Builder, name string, shape ...int) *gorgonia.Node {
		return b.Param(graph.Param{Name: name, Init: initializer.Constant{Value: 0.5}}, shape...)
	}
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		biases := b.Check(op.Add(b.Check(op.Add(param(b, "b1", 3), param(b, "b2", 3))), param(b, "b3", 3)))
		z := b.Check(op.Add(b.Check(op.Linear(x, param(b, "w1", 4, 3), nil)), b.Check(op.Linear(x, param(b, "w2", 4, 3), nil))))
		return b.Check(op.BroadcastAdd(z, biases))
	})
	p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.MSE{}})
	x, y := randn(t, tensor.Float64, 1, 5, 4), randn(t, tensor.Float64, 2, 5, 3)
	run(t, p, x, y)
	var before [][]float64
	for _, w := range p.Weights {
		before = append(before, slices.Clone(floats(w.Grad.Value())))
	}
	for i, w := range p.Weights {
		floats(w.Grad.Value())[0] = 1e6
		for j, other := range p.Weights {
			if i != j && !slices.Equal(floats(other.Grad.Value()), before[j]) {
				t.Errorf("a change of the gradient of %s changes that of %s", w.Name, other.Name)
			}
		}
		floats(w.Grad.Value())[0] = before[i][0]
	}
	run(t, p, x, y)
	for i, w := range p.Weights {
		if !slices.Equal(floats(w.Grad.Value()), before[i]) {
			t.Errorf("%s: the gradient differs in the second run", w.Name)
		}
	}
}
