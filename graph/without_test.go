package graph_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A block that is left out is its skip, as if its branch gave zeros; the other blocks keep their parameters.
func TestWithoutBlocks(t *testing.T) {
	model := graph.Sequential{
		graph.Dense{Units: 4}, graph.ReLU,
		graph.Residual{Branch: graph.Dense{Units: 4}, Activation: graph.ReLU},
		graph.Residual{Branch: graph.Dense{Units: 3}, Activation: graph.ReLU},
		graph.Residual{Branch: graph.Dense{Units: 3}},
	}
	x := randn(t, tensor.Float64, 1, 5, 4)
	for _, blocks := range [][]string{{"block1"}, {"block2"}, {"block3"}, {"block1", "block3"}} {
		params := graph.NewParams(tensor.Float64, 1)
		whole := build(t, graph.Config{Model: model, Params: params, Input: tensor.Shape{5, 4}, Mode: graph.Eval})
		without := build(t, graph.Config{Model: graph.Without(model, blocks...), Params: params, Input: tensor.Shape{5, 4}, Mode: graph.Eval})
		run(t, without, x, nil)
		got := without.OutputValue().Clone().(*tensor.Dense)
		for _, block := range blocks {
			for _, w := range []string{"weight", "bias"} {
				params.Get(block + "/dense1/" + w).Value.Zero()
			}
		}
		run(t, whole, x, nil)
		if want := whole.OutputValue(); !got.Eq(want) {
			t.Errorf("without %v: got %v, want %v", blocks, got.Float64s(), want.Float64s())
		}
		if n := len(params.All()); n != 9 {
			t.Errorf("without %v: %d parameters, want 9", blocks, n)
		}
	}
}

// In a plain twin a block that is left out is nothing, and one that changes the shape is refused.
func TestWithoutBlocksOfPlainTwins(t *testing.T) {
	first, second := graph.Residual{Branch: graph.Dense{Units: 4}, NoSkip: true}, graph.Residual{Branch: graph.Dense{Units: 3}, NoSkip: true}
	x := randn(t, tensor.Float64, 1, 5, 4)
	p := build(t, graph.Config{
		Model: graph.Without(first, "block1"), Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Mode: graph.Eval,
	})
	run(t, p, x, nil)
	if !p.OutputValue().Eq(x) {
		t.Errorf("got %v, want the input %v", p.OutputValue(), x)
	}
	for path, want := range map[string]string{"block2": "changes the shape", "block9": `got block "block9", want the path of a residual block: block1, block2`} {
		_, err := graph.Build(graph.Config{
			Model: graph.Without(graph.Sequential{first, second}, path), Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Mode: graph.Eval,
		})
		wantError(t, err, want)
	}
}
