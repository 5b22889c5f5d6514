package vanishing_test

import (
	"context"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
	"github.com/gradflow/gradflow/vanishing"
)

// attentionRules are the rules about attention.
var attentionRules = []string{"entropy-collapse", "logit-growth", "rank-collapse"}

// foundInAttention are the findings of these rules.
func foundInAttention(d vanishing.Diagnosis) (names []string) {
	for _, f := range d.Findings {
		if slices.Contains(attentionRules, f.Rule) {
			names = append(names, f.Rule)
		}
	}
	return names
}

// learnsOpticks trains a small language model for 180 steps.
func learnsOpticks(t *testing.T, seed uint64, rate float64, warmUp int) vanishing.Diagnosis {
	t.Helper()
	const length, batch, steps = 32, 8, 180
	corpus, err := text.Opticks()
	if err != nil {
		t.Fatal(err)
	}
	set, err := corpus.Windows(text.Windows{Length: length, Stride: 17})
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Subset(batch * steps); err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{NoTheory: true}
	trainer := &train.Trainer{
		Model: transformer.GPT{Vocabulary: corpus.Size(), Context: length, Width: 32, Config: attention.Config{Layers: 2, Heads: 2, Activation: graph.GELU}},
		Loss:  graph.CrossEntropy{}, Epochs: 1, BatchSize: batch, Seed: seed, Optimizer: &optim.Adam{LearningRate: rate}, Callbacks: []train.Callback{recorder},
	}
	if warmUp > 0 {
		trainer.Schedule = schedule.Warmup(warmUp, schedule.Constant{})
	}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	return vanishing.Diagnose(recorder.Profile())
}

// The entropy of heads collapses, because their logits grow, at a rate that is much too large, and neither at a usual one nor with a warm-up.
// Nine trainings take about 3 s of one core: three seeds are the least that says anything about false alarms.
func TestEntropyCollapseInTraining(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		if found := foundInAttention(learnsOpticks(t, seed, 0.1, 0)); !slices.Contains(found, "entropy-collapse") {
			t.Errorf("seed %d, a rate of 0.1: got findings %q, want an entropy collapse", seed, found)
		}
		if found := foundInAttention(learnsOpticks(t, seed, 0.003, 0)); len(found) > 0 {
			t.Errorf("seed %d, a rate of 0.003: got findings %q, want none", seed, found)
		}
		if found := foundInAttention(learnsOpticks(t, seed, 0.01, 50)); len(found) > 0 {
			t.Errorf("seed %d, a rate of 0.01 with a warm-up: got findings %q, want none", seed, found)
		}
	}
}

// Without skips the tokens of a deep Transformer are alike before any training (Dong et al. 2021), and with them they are not.
func TestRankCollapseAtTheStart(t *testing.T) {
	const batch, time = 3, 32
	for _, seed := range []uint64{1, 2, 3} {
		for placement, want := range map[attention.Placement]bool{attention.NoResidual: true, attention.PreLN: false, attention.PostLN: false} {
			seen := observeNamed(t, graph.Config{
				Model:  transformer.GPT{Vocabulary: 20, Context: time, Width: 32, Config: attention.Config{Layers: 12, Heads: 2, Activation: graph.GELU, Placement: placement}},
				Params: graph.NewParams(tensor.Float32, seed), Loss: graph.CrossEntropy{},
				Inputs: []graph.Input{{Name: "tokens", Shape: tensor.Shape{batch, time}, Dtype: tensor.Int}},
			}, map[string]*tensor.Dense{"tokens": tokensOf(20, batch, time), "target": tokensOf(20, batch, time)})
			if found := foundInAttention(vanishing.Diagnose(seen)); slices.Contains(found, "rank-collapse") != want {
				d := seen.Records[0].Details.Attentions
				t.Errorf("%v, seed %d: got findings %q with cosines from %.2f to %.2f, want a rank collapse: %v", placement, seed, found, d[0].CosineIn, d[11].CosineOut, want)
			}
		}
	}
}
