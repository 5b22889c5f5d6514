package graph_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// A program whose sources are in the states of another one's draws the same masks from then on.
func TestRandomSources(t *testing.T) {
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
	var states []rand.PCG
	for _, s := range p.RandomSources() {
		states = append(states, *s)
	}
	if len(states) != 2 {
		t.Fatalf("got %d sources, want one for each dropout", len(states))
	}
	second := draw(p)
	other := build()
	for i, s := range other.RandomSources() {
		*s = states[i]
	}
	if got := draw(other); !slices.Equal(got, second) || slices.Equal(got, first) {
		t.Error("the masks are not those that follow the state")
	}
}
