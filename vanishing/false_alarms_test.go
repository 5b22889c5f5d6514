package vanishing_test

import (
	"context"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// Weights drawn as declared are not reported as drawn at another scale. By chance, one score in 16,000 is beyond 4.
func TestNoFalseInitScale(t *testing.T) {
	seeds := 60
	if testing.Short() {
		seeds = 10
	}
	for _, c := range []struct {
		a            graph.Activation
		norm         graph.Norm
		depth, batch int
	}{{graph.SiLU, graph.NoNorm, 10, 32}, {graph.SiLU, graph.NoNorm, 20, 32}, {graph.GELU, graph.NoNorm, 20, 16}, {graph.ReLU, graph.BN, 10, 4}, {graph.Tanh, graph.BN, 10, 8}} {
		for seed := range seeds {
			set, err := images(t).Slice(seed*c.batch, (seed+1)*c.batch)
			if err != nil {
				t.Fatal(err)
			}
			model := mlp.Model{Input: features, Depth: c.depth, Width: 64, Output: classes, Activation: c.a, Norm: c.norm}
			p, err := graph.Build(graph.Config{
				Model: model, Params: graph.NewParams(tensor.Float32, uint64(seed)+500), Input: set.X.Shape().Clone(), Loss: graph.CrossEntropy{},
			})
			if err != nil {
				t.Fatal(err)
			}
			profile, err := vanishing.Observe("", p, set.X, set.Y)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range vanishing.Diagnose(profile).Findings {
				if f.Rule == "bad-init-scale" || f.Rule == "theory-mismatch" {
					t.Errorf("%v, %v, depth %d, batch %d, seed %d: %s: %s %s", c.a, c.norm, c.depth, c.batch, seed, f.Rule, f.Sentence, f.Evidence)
				}
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A converged network has no findings and no theory when another trainer continues with its parameters.
func TestTrainedParameters(t *testing.T) {
	set, err := images(t).Subset(128)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(3) {
		model := mlp.Model{Input: features, Depth: 4, Width: 32, Output: classes, Activation: graph.ReLU}
		fit := func(params *graph.Params, epochs int, rate float64) (vanishing.Profile, *graph.Params) {
			recorder := &vanishing.Recorder{}
			trainer := &train.Trainer{
				Model: model, Loss: graph.CrossEntropy{}, Params: params, Optimizer: &optim.SGD{LearningRate: rate},
				BatchSize: 32, Epochs: epochs, Seed: seed, Callbacks: []train.Callback{recorder},
			}
			if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
				t.Fatal(err)
			}
			return recorder.Profile(), trainer.Params
		}
		_, params := fit(nil, 120, 0.05)
		again, _ := fit(params, 40, 0.001)
		d := vanishing.Diagnose(again)
		for _, f := range d.Findings {
			if f.Severity > vanishing.Note {
				t.Errorf("seed %d: %s: %s %s", seed, f.Rule, f.Sentence, f.Evidence)
			}
		}
		if again.Theory != nil || d.Verdict != vanishing.Healthy {
			t.Errorf("seed %d: got %v with theory %+v, want healthy without theory", seed, d.Verdict, again.Theory)
		}
	}
}
