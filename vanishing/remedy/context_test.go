package remedy

import (
	"context"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
)

// canceling is a model that cancels a context when it is built for the n-th time.
type canceling struct {
	graph.Model
	left   *int
	cancel func()
}

func (m canceling) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if *m.left--; *m.left == 0 {
		m.cancel()
	}
	return m.Model.Apply(b, x)
}

// Finished trials are kept when the context ends the others. The first builds are of the unchanged model, the later ones of
// remedies.
func TestContextEndsTrials(t *testing.T) {
	batch := fashion.Images(t, 64)
	config := Config{Loss: graph.CrossEntropy{}, X: batch.X, Y: batch.Y, Seed: 1, Steps: 2}
	model := mlp.Model{Input: 784, Depth: 3, Width: 8, Output: 10, Activation: graph.Tanh}
	ran := func(builds int) (tried int, err error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		config.Model, config.Context = canceling{model, &builds, cancel}, ctx
		trials, err := Try(config)
		for _, trial := range trials {
			if trial.Outcome != nil {
				tried++
			} else if errors.Is(ctx.Err(), context.Canceled) && trial.Note == "" {
				t.Errorf("%s was not tried, without a reason", trial.Name)
			}
		}
		return tried, err
	}
	all, err := ran(-1)
	if err != nil || all < 4 {
		t.Fatalf("%d trials, %v; want at least 4", all, err)
	}
	last := -1
	for builds := 1; builds <= 4; builds++ {
		tried, err := ran(builds)
		if !errors.Is(err, context.Canceled) || tried >= all || tried < last {
			t.Errorf("canceled in build %d: %d trials of %d, %v", builds, tried, all, err)
		}
		last = tried
	}
	if last == 0 {
		t.Error("no trial was kept")
	}
}
