package vanishing

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// The gradients of parameters of a step of two batches of 4 are those of one of 8, whoever measures them and wherever they are clipped.
func TestGradientsOfAccumulatedBatches(t *testing.T) {
	for name, optimizer := range map[string]func() optim.Optimizer{
		"measuring": func() optim.Optimizer { return &optim.SGD{LearningRate: 0.1} },
		"foreign":   func() optim.Optimizer { return struct{ optim.Optimizer }{&optim.SGD{LearningRate: 0.1}} },
	} {
		for order := range 3 {
			records := func(size, batches int) *Recorder {
				r := &Recorder{Details: Every(1)}
				fit(t, r, func(trainer *train.Trainer) {
					trainer.Optimizer, trainer.BatchSize, trainer.Accumulate = optimizer(), size, batches
					clip := &train.ClipNorm{Max: 0.01}
					trainer.Callbacks = [][]train.Callback{{r}, {r, clip}, {clip, r}}[order]
				})
				return r
			}
			one, two := records(8, 1).Profile().Records, records(4, 2).Profile().Records
			if len(two) != len(one) {
				t.Fatalf("%s: got %d records, want %d", name, len(two), len(one))
			}
			for i, want := range one {
				for k, p := range two[i].Params {
					what := fmt.Sprintf("%s, order %d, step %d, %d: ", name, order, i, k)
					within(t, what+"norm", p.GradL2, want.Params[k].GradL2, 1e-4)
					within(t, what+"RMS", p.GradRMS, want.Params[k].GradRMS, 1e-4)
					within(t, what+"maximum", two[i].Details.Params[k].GradMax, want.Details.Params[k].GradMax, 1e-4)
					within(t, what+"mean", two[i].Details.Params[k].GradMeanAbs, want.Details.Params[k].GradMeanAbs, 1e-4)
				}
			}
		}
	}
}

// After clipping by value the norms from before are known, and the largest element is not, unless taps saw it.
func TestGradientsClippedByValue(t *testing.T) {
	plain, clipped := &Recorder{Details: Every(1)}, &Recorder{Details: Every(1)}
	fit(t, plain, nil)
	fit(t, clipped, func(trainer *train.Trainer) {
		trainer.Callbacks = []train.Callback{&train.ClipValue{Max: 1e-3}, clipped}
	})
	got, want := clipped.Profile().Records[0], plain.Profile().Records[0]
	for k, p := range got.Params {
		within(t, "norm", p.GradL2, want.Params[k].GradL2, 1e-5)
		if v := got.Details.Params[k].GradMax; !math.IsNaN(float64(v)) {
			t.Errorf("parameter %d: the largest element is %g, want NaN", k, v)
		}
		if v := got.Details.Clipped[k].Max; v > 1.001e-3 {
			t.Errorf("parameter %d: the largest element after clipping is %g, want 0.001", k, v)
		}
	}
	if !(got.Clip < 1) {
		t.Errorf("the factor is %g, want less than 1", got.Clip)
	}
}

// A step whose samples have no weight has nothing to see, and leaves no record: its optimiser has measured nothing.
func TestStepsWithoutWeight(t *testing.T) {
	labels := small(t).Y.Ints()
	r := &Recorder{Details: Every(1)}
	fit(t, r, func(trainer *train.Trainer) {
		trainer.Loss, trainer.BatchSize, trainer.Epochs, trainer.NoShuffle = graph.CrossEntropy{Weights: []float64{1, 0, 1}}, 1, 1, true
	})
	var want []int
	for i, label := range labels {
		if label != 1 {
			want = append(want, i)
		}
	}
	if got := steps(r.Profile()); len(want) == len(labels) || !slices.Equal(got, want) {
		t.Errorf("got records of the steps %v, want %v", got, want)
	}
}
