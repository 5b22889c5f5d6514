package setup

import (
	"context"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// sleeping is a callback that makes a step slow.
type sleeping struct {
	train.Base
	step int
}

func (s sleeping) BeforeStep(r *train.Run) error {
	if r.Step == s.step {
		time.Sleep(slow)
	}
	return nil
}

// A slow step keeps the profile, a fast one does not.
func TestSlowStepsAreKept(t *testing.T) {
	x, err := tensors.FromSlice(tensor.Float32, make([]float64, 64), 32, 2)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels(make([]int, 32))
	if err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{}
	kept := &SlowSteps{Recorder: recorder}
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 2, Depth: 3, Width: 4, Output: 2}, Loss: graph.CrossEntropy{}, BatchSize: 2, Epochs: 1,
		Callbacks: []train.Callback{recorder, kept, sleeping{step: 7}},
	}
	if len(kept.Load().Records) != 0 {
		t.Error("there is a profile before the training")
	}
	if _, err := trainer.Fit(context.Background(), &data.Dataset{X: x, Y: y}, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(kept.Load().Records); n < 8 {
		t.Errorf("%d records, want at least 8", n)
	}
}
