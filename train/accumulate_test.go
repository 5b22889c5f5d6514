package train

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/optim"
)

// trained fits a small network to 22 points, and returns its parameters, the losses of the steps and the numbers of steps that
// callbacks saw.
func trained(t *testing.T, tr *Trainer) (params, losses []float64, steps []int) {
	t.Helper()
	tr.Model = graph.Sequential{graph.Dense{Units: 5}, graph.Tanh, graph.Dense{Units: 2}}
	tr.Optimizer, tr.Epochs, tr.Dtype = &optim.SGD{LearningRate: 0.3, Momentum: 0.9}, 2, tensor.Float64
	tr.Callbacks = append(tr.Callbacks, &hooks{afterStep: func(r *Run) error {
		if want := max(1, tr.Accumulate); r.Batches > want || r.Step == 0 && r.Batches != want {
			t.Errorf("step %d is made of %d batches, want %d", r.Step, r.Batches, want)
		}
		steps = append(steps, r.Step, r.Steps)
		params = values(r)
		return nil
	}})
	h, err := tr.Fit(background, moons(t, 22, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	return params, h.Losses, steps
}

// Batches of 4 whose gradients are accumulated by two make the updates of batches of 8: of 22 points they are 8, 8 and 6, the last
// of which are batches of 4 and 2.
func TestAccumulatedBatchesAreOneBatch(t *testing.T) {
	for _, loss := range []graph.Loss{graph.CrossEntropy{}, graph.CrossEntropy{Sum: true}} {
		want, wantLosses, wantSteps := trained(t, &Trainer{Loss: loss, BatchSize: 8, Seed: 3})
		got, losses, steps := trained(t, &Trainer{Loss: loss, BatchSize: 4, Accumulate: 2, Seed: 3})
		if len(steps) != len(wantSteps) || steps[1] != 6 {
			t.Errorf("callbacks saw the steps %v, want %v", steps, wantSteps)
		}
		near := func(what string, got, want []float64) {
			for i := range want {
				if len(got) != len(want) || math.Abs(got[i]-want[i]) > 1e-12*math.Max(1, math.Abs(want[i])) {
					t.Fatalf("%v: %s are %v, want %v", loss, what, got, want)
				}
			}
		}
		near("the losses", losses, wantLosses)
		near("the parameters", got, want)
	}
}

// An epoch whose batches are not a multiple ends with an update of fewer.
func TestAccumulateEndsWithTheEpoch(t *testing.T) {
	_, _, steps := trained(t, &Trainer{Loss: graph.CrossEntropy{}, BatchSize: 4, Accumulate: 4}) // 6 batches: 4 and 2
	if len(steps) != 8 || steps[7] != 4 || steps[6] != 3 {
		t.Errorf("callbacks saw the steps %v, want 4 of 4", steps)
	}
}

func TestAccumulateErrors(t *testing.T) {
	tr := linear()
	tr.Accumulate = -1
	_, err := tr.Fit(background, line(), nil)
	wantError(t, err, "Trainer.Accumulate: got -1")
	tr = twoHeaded()
	tr.Accumulate, tr.BatchSize = 2, 8
	tr.Losses = append([]graph.Objective(nil), tr.Losses...)
	tr.Losses[1].Loss = graph.MSE{Sum: true}
	_, err = tr.Fit(background, words(16, 1), nil)
	wantError(t, err, "got losses that are means and losses that are sums")
	tr.Losses[0].Loss, tr.Losses[1].Loss = graph.CrossEntropy{Weights: []float64{1, 2}}, graph.MSE{}
	_, err = tr.Fit(background, words(16, 1), nil)
	wantError(t, err, "Trainer.Accumulate: got several losses")
}
