package graph_test

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// A program that has the random state of another one draws the same masks from then on.
func TestRandomState(t *testing.T) {
	build := func() *graph.Program {
		p, err := graph.Build(graph.Config{
			Model:  graph.Sequential{graph.Dropout{P: 0.5}, graph.Dropout2D{P: 0.5}},
			Params: graph.NewParams(tensor.Float64, 1), Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{20, 5, 2}, Dtype: tensor.Float64}}, Seed: 3,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		return p
	}
	ones, err := tensors.FromSlice(tensor.Float64, slices.Repeat([]float64{1}, 200), 20, 5, 2)
	if err != nil {
		t.Fatal(err)
	}
	draw := func(p *graph.Program) []float64 {
		if err := p.RunNamed(map[string]*tensor.Dense{"input": ones}); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(p.OutputValue().Float64s())
	}
	p := build()
	first := draw(p)
	state, err := p.RandomState()
	if err != nil || len(state) != 2 {
		t.Fatalf("got %d states, %v, want one for each dropout", len(state), err)
	}
	second := draw(p)
	other := build()
	if err := other.SetRandomState(state); err != nil {
		t.Fatal(err)
	}
	if got := draw(other); !slices.Equal(got, second) || slices.Equal(got, first) {
		t.Error("the masks are not those that follow the state")
	}
	if other.SetRandomState(state[:1]) == nil || other.SetRandomState([][]byte{{1}, {2}}) == nil {
		t.Error("no error for states of another model")
	}
}
