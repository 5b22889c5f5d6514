package transformer_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/transformer"
)

// scaled is a language model of one layer with 2 heads, of a width.
func scaled(width int, untied bool) graph.Model {
	return transformer.GPT{Vocabulary: 11, Context: 5, Width: width, Untied: untied, Config: attention.Config{Layers: 1, Heads: 2}}
}

// run draws a model and gives its program, run on one batch.
func run(t *testing.T, m graph.Model) *graph.Program {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float64, 1), Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{2, 3}, Dtype: tensor.Int}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]int{1, 2, 3, 4, 5, 10})), nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// With the parametrisation at its base a language model has the same logits, bit by bit.
func TestGPTIsTheSameAtItsBase(t *testing.T) {
	for _, untied := range []bool{false, true} {
		got, want := run(t, graph.MuP{Model: scaled(8, untied), Base: scaled(8, untied), Blocks: 1, Alpha: 1}), run(t, scaled(8, untied))
		if !slices.Equal(got.OutputValue().Float64s(), want.OutputValue().Float64s()) {
			t.Errorf("untied %v: got %v, want %v", untied, got.OutputValue(), want.OutputValue())
		}
	}
}

// At twice the width the logits of attention are divided by the width of a head, those of the tied embedding by the growth, and no
// other map of the last layer has a factor (Yang et al. 2022, definition 4.1 and table 8).
func TestGPTFollowsMuP(t *testing.T) {
	for _, untied := range []bool{false, true} {
		p := run(t, graph.MuP{Model: scaled(16, untied), Base: scaled(8, untied)})
		var attentions, scales []float64
		for _, n := range p.Graph.AllNodes() {
			switch spec := op.SpecOf(n); spec.Kind {
			case op.KindAttention:
				attentions = append(attentions, spec.Factor)
			case op.KindScale:
				scales = append(scales, spec.Factor)
			}
		}
		// Heads grow from width 4, where the factor is 1/sqrt(4), to 8.
		if len(attentions) != 1 || math.Abs(attentions[0]-math.Sqrt(4)/8) > 1e-15 {
			t.Errorf("untied %v: attention has the factors %v, want 1/4", untied, attentions)
		}
		if want := map[bool][]float64{false: {0.5}, true: nil}[untied]; !slices.Equal(scales, want) {
			t.Errorf("untied %v: got the factors %v, want %v", untied, scales, want)
		}
		for name, want := range map[string]graph.Rates{
			"embedding/weight": {SGD: 2, Adam: 1}, "positions1/weight": {SGD: 2, Adam: 1}, "head/weight": {SGD: 0.5, Adam: 0.5},
			"layers/0/self_attn/in_proj_weight": {SGD: 1, Adam: 0.5}, "layers/0/norm1/weight": {SGD: 2, Adam: 1},
		} {
			if w := p.Params.Get(name); w == nil && (untied || name != "head/weight") || w != nil && w.Rates != want {
				t.Errorf("untied %v: %s: got %+v, want the rates %v", untied, name, w, want)
			}
		}
	}
}
