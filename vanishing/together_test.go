package vanishing

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// recordRun trains a network and returns its profile as JSON, without the cost.
func recordRun(t *testing.T, set *data.Dataset, model mlp.Model) string {
	r := &Recorder{NoTheory: true}
	trainer := &train.Trainer{
		Model: model, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{LearningRate: 0.01}, Epochs: 30, BatchSize: 64, Seed: 1,
		Callbacks: []train.Callback{r},
	}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		t.Error(err)
		return ""
	}
	p := r.Profile()
	p.Cost = nil // depends on the clock
	text, err := json.Marshal(p)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// Two networks trained at the same time have the same profiles as when trained alone. The gradient of one underflows float32, and
// the other has inactive units: flushed values of one do not count as zeros of the other.
func TestRecordersOfNetworksTrainedTogether(t *testing.T) {
	x, y := randomBatch(t, 1, 64, 20, 10)
	set := &data.Dataset{X: x, Y: y}
	models := []mlp.Model{
		{Input: 20, Depth: 80, Width: 50, Output: 10, Activation: graph.Sigmoid},
		{Input: 20, Depth: 80, Width: 50, Output: 10, Activation: graph.ReLU},
	}
	var alone [2]string
	for i, model := range models {
		alone[i] = recordRun(t, set, model)
	}
	rounds := 4
	if testing.Short() { // the race detector sees all in one
		rounds = 1
	}
	for range rounds {
		var together [2]string
		var wg sync.WaitGroup
		for i, model := range models {
			wg.Go(func() { together[i] = recordRun(t, set, model) })
		}
		wg.Wait()
		for i, model := range models {
			if together[i] != alone[i] {
				t.Errorf("%v: the profile of a concurrent run differs from that of the run alone", model.Activation)
			}
		}
	}
}
