package vanishing_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// A run that train.StopOnNaN ends is not finite, in whatever order the callbacks are, whether its last step is one to record or not, and whether
// the optimiser measures the gradients or the recorder does.
func TestRunsThatStopOnNaN(t *testing.T) {
	for _, c := range []struct {
		every int
		first bool // whether the recorder is the first callback
		dtype tensor.Dtype
	}{{1, true, tensor.Float32}, {1, false, tensor.Float32}, {1000, true, tensor.Float32}, {1000, false, tensor.Float32}, {1, true, tensor.Float64}, {1, false, tensor.Float64}} {
		recorder := &vanishing.Recorder{Steps: vanishing.Every(c.every), Histograms: vanishing.Never}
		callbacks := []train.Callback{recorder, &train.StopOnNaN{}}
		if !c.first {
			slices.Reverse(callbacks)
		}
		trainer := &train.Trainer{
			Model: mlp.Model{Input: 8, Depth: 3, Width: 16, Output: 3, Activation: graph.ReLU}, Loss: graph.CrossEntropy{}, Optimizer: &optim.SGD{LearningRate: 1e30},
			Params: graph.NewParams(c.dtype, 1), BatchSize: 32, Epochs: 2, Seed: 1, Callbacks: callbacks,
		}
		set := guessData(true)
		if c.dtype == tensor.Float32 {
			x := make([]float32, set.X.Size())
			for i, v := range set.X.Float64s() {
				x[i] = float32(v)
			}
			set.X, set.Columns = dense(x, set.X.Shape()...), nil
		}
		history, err := trainer.Fit(context.Background(), set, nil)
		if !errors.Is(err, train.ErrNonFinite) {
			t.Fatalf("%+v: got error %v, want %v", c, err, train.ErrNonFinite)
		}
		p := recorder.Profile()
		if err := p.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if d := vanishing.Diagnose(p); c.every == 1000 && d.Findings[0].Code == "LearningRate: 1e+29" {
			t.Errorf("%+v: got %s after a step of %g times the weights", c, d.Findings[0].Code, p.Records[0].UpdateRatio(0))
		}
		last := len(history.Losses) - 1
		if d := vanishing.Diagnose(p); d.Verdict != vanishing.NonFinite || d.NonFinite.Step != last || last == 0 {
			t.Errorf("%+v: got %v and %+v, want a run that is not finite from step %d on: %s", c, d.Verdict, d.NonFinite, last, d.Sentence)
		}
		if n := len(p.Records); c.every == 1 && (n != last+1 || p.Records[last].Step != last || p.Records[last].Batch != 32) {
			t.Errorf("%+v: got %d records, want those of steps 0 to %d", c, n, last)
		}
	}
}
