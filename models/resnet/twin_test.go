package resnet_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// Without its skips and the scale of its branches a residual network is a perceptron: with the same numbers in its
// parameters it gives the same output to the last bit.
func TestPlainTwinIsAPerceptron(t *testing.T) {
	twin := build(t, resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3, NoSkip: true, BranchScale: 1})
	plain, err := graph.Build(graph.Config{
		Model:  mlp.Model{Input: 4, Depth: 7, Width: 6, Output: 3},
		Params: graph.NewParams(tensor.Float64, 2), Input: tensor.Shape{5, 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(twin.Weights) != len(plain.Weights) {
		t.Fatalf("%d parameters, the perceptron has %d", len(twin.Weights), len(plain.Weights))
	}
	for i, w := range twin.Weights {
		copy(plain.Weights[i].Value.Float64s(), w.Value.Float64s())
	}
	x, y := batch(t, 5, 4, 3)
	run(t, twin, x, y)
	run(t, plain, x, nil)
	if got, want := twin.OutputValue().Float64s(), plain.OutputValue().Float64s(); !slices.Equal(got, want) {
		t.Errorf("the twin gives %v, the perceptron %v", got, want)
	}
}

// Twins have the same parameters with the same first values, whatever the block; only projections go with the skips.
func TestTwins(t *testing.T) {
	for name, m := range map[string]resnet.Model{
		"default":               {Blocks: 3, Width: 6},
		"batch norm":            {Blocks: 3, Width: 6, Norm: graph.BN},
		"pre-activation":        {Blocks: 3, Width: 6, Norm: graph.LN, PreActivation: true},
		"zero-initialised":      {Blocks: 3, Width: 6, ZeroInit: true},
		"three layers, sigmoid": {Blocks: 3, Width: 6, Skip: 3, Activation: graph.Sigmoid},
		"projections":           {Widths: []int{6, 5, 5}},
	} {
		m.Input, m.Output = 4, 3
		residual := build(t, m)
		m.NoSkip = true
		plain := build(t, m)
		var want []*graph.Binding
		for _, w := range residual.Weights {
			if !strings.Contains(w.Name, "projection") {
				want = append(want, w)
			}
		}
		if len(want) != len(plain.Weights) {
			t.Fatalf("%s: %v, the plain twin has %v", name, names(residual), names(plain))
		}
		for i, w := range plain.Weights {
			if w.Name != want[i].Name || w.Depth != want[i].Depth || !slices.Equal(w.Value.Float64s(), want[i].Value.Float64s()) {
				t.Errorf("%s: %s of the plain twin differs from %s", name, w.Name, want[i].Name)
			}
		}
		for i, block := range plain.Blocks {
			if block.Skip != nil || residual.Blocks[i].Skip == nil {
				t.Errorf("%s: %s: skips %v and, in the plain twin, %v", name, block.Path, residual.Blocks[i].Skip, block.Skip)
			}
		}
	}
}
