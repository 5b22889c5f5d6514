package remedy

import (
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train/optim"
)

// The remedies for attention are tried on a Transformer, and only those that change it; those of other networks are not offered. With a
// warm-up of 12 steps the first step is about a twelfth of what it was.
func TestRemediesOfATransformer(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	tokens := make([]int, 4*12)
	for i := range tokens {
		tokens[i] = rng.IntN(9)
	}
	batch := func() *tensor.Dense { return tensor.New(tensor.WithShape(4, 12), tensor.WithBacking(tokens)) }
	model := transformer.GPT{Vocabulary: 9, Context: 12, Width: 16, Config: attention.Config{Layers: 2, Heads: 2, Placement: attention.PostLN}}
	trials, err := Try(Config{
		Model: &model, Loss: graph.CrossEntropy{}, Columns: []data.Column{{Name: "tokens", Values: batch()}}, Y: batch(), Seed: 1, Steps: 12,
		Optimizer: &optim.Adam{LearningRate: 0.003},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{
		"QK normalisation": "QKNorm: true", "Pre-LN": "Placement: attention.PreLN", "warm-up": "Schedule: schedule.Warmup(12, schedule.Constant{})",
	} {
		trial, _ := find(t, trials, name)
		if trial.Code != code || trial.Outcome == nil || trial.Outcome.After == 0 {
			t.Errorf("%s: got %+v, want the code %q and an outcome", name, trial, code)
		}
	}
	for _, trial := range trials {
		if trial.Name == "batch normalisation" || trial.Name == "skips" {
			t.Errorf("got the trial %+v, which a Transformer has no room for", trial)
		}
	}
	unchanged, _ := find(t, trials, Unchanged)
	if warm, _ := find(t, trials, "warm-up"); !(warm.Outcome.Late < 0.2*unchanged.Outcome.Late) {
		t.Errorf("got a first update of %g with a warm-up, and %g without", warm.Outcome.Late, unchanged.Outcome.Late)
	}
	if model.QKNorm || model.Placement != attention.PostLN {
		t.Errorf("the model was changed: %+v", model)
	}
	model.QKNorm, model.Placement = true, attention.PreLN
	for _, m := range []graph.Model{model, transformer.ViT{Config: model.Config}, transformer.Classifier{Config: model.Config}, transformer.EncoderDecoder{Config: model.Config}} {
		config, with, known := attentive(m)
		if list := (Config{Model: m}).forAttention(config, with); !known || len(list) != 1 || list[0].name != "warm-up" {
			t.Errorf("%T: got %+v, want a warm-up alone", m, list)
		}
	}
}
