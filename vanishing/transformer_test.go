package vanishing_test

import (
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/diagnose"
)

// All of a Transformer is traced, so each gets a verdict: embedding, attention, feed-forward networks, plain and gated, and a tied output.
func TestTransformersGetAVerdict(t *testing.T) {
	const batch, time = 4, 8
	modern := attention.Config{Layers: 2, Heads: 2, SwiGLU: true, Norm: attention.RMS, QKNorm: true, Rotary: true}
	for name, c := range map[string]attention.Config{
		"pre-ln":   {Layers: 2, Heads: 2, Activation: graph.GELU},
		"post-ln":  {Layers: 2, Heads: 2, Placement: attention.PostLN},
		"deepnorm": {Layers: 12, Heads: 2, Placement: attention.DeepNorm},
		"modern":   modern,
		"none":     {Layers: 12, Heads: 2, Placement: attention.NoResidual},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := graph.Build(graph.Config{
				Model:  transformer.GPT{Vocabulary: 20, Context: time, Width: 32, Config: c},
				Params: graph.NewParams(tensor.Float32, 1), Loss: graph.CrossEntropy{},
				Inputs: []graph.Input{{Name: "tokens", Shape: tensor.Shape{batch, time}, Dtype: tensor.Int}},
			})
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			tokens := func() *tensor.Dense {
				values := make([]int, batch*time)
				for i := range values {
					values[i] = rng.IntN(20)
				}
				return tensor.New(tensor.WithShape(batch, time), tensor.WithBacking(values))
			}
			profile, err := vanishing.Observe(name, p, tokens(), tokens())
			if err != nil {
				t.Fatal(err)
			}
			if d := vanishing.Diagnose(profile); d.Verdict == diagnose.Undetermined {
				t.Error("the verdict is undetermined")
			}
		})
	}
}
