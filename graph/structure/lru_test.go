package structure_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/recurrent"
)

// A linear recurrent unit is a layer over steps, with the map of its input and a diagonal one, and a layer for its output. All of its
// parameters are reached.
func TestStructureOfLRU(t *testing.T) {
	model := graph.Sequential{
		recurrent.LRU{States: 6}, graph.GELU, recurrent.LRU{Units: 4, States: 3, NoSkip: true, Last: true}, graph.Dense{Units: 2},
	}
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 7, 5}, Loss: graph.MSE{}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `network: 6 layers, depth 5, 1 block
  lru1: projection
    1 lru1/B: 5 + diagonal -> 12, recurrent over 7 steps
    2 lru1/C: 12 -> 5, gelu
    2 lru1/D: diagonal -> 5, projection
  3 lru2/B: 5 + diagonal -> 6, recurrent over 7 steps
  4 lru2/C: 6 -> 4
  5 dense1: 4 -> 2, bias
`
	if got := p.Structure().String(); got != want {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	pre := p.Structure().Layers[0].Pre
	if spec := op.SpecOf(pre.Deriv()); spec.Kind != op.KindGradient || spec.Name != "lru" {
		t.Errorf("the gradient by the pre-activation of the first layer is %v, want that by the states of all steps", pre.Deriv())
	}
	for _, u := range p.Structure().Unreached() {
		t.Errorf("unreached: %v", u.Name)
	}
}
