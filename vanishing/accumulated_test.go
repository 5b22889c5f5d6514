package vanishing

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// The gradients of parameters of a step of two batches of 4 are those of one of 8, whoever measures them and wherever they are clipped, and
// those of layers are over both batches.
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
				for k, l := range two[i].Layers { // of means over half as many samples
					within(t, fmt.Sprintf("%s, step %d, layer %d", name, i, k), l.DeltaRMS, 2*want.Layers[k].DeltaRMS, 1e-4)
				}
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

// Of the batches of an accumulated step, those whose samples all weigh 0 are left out of the record, wherever they come in the step.
func TestLayersOfBatchesWithoutWeight(t *testing.T) {
	record := func(from, to, accumulate int, weights ...float64) Record {
		all := small(t)
		all.Columns = []data.Column{{Name: "weight", Values: tensor.New(tensor.WithShape(22), tensor.WithBacking(make([]float32, 22)))}}
		ds, err := all.Slice(from, to)
		if err != nil {
			t.Fatal(err)
		}
		for i := range ds.Column("weight").Float32s() {
			ds.Column("weight").Float32s()[i] = float32(weights[i/4])
		}
		r := &Recorder{Details: Every(1)}
		trainer := &train.Trainer{
			Model: mlp.Model{Input: 4, Depth: 3, Width: 5, Output: 3}, Loss: graph.WeightedBy("weight", graph.CrossEntropy{}), BatchSize: 4,
			Accumulate: accumulate, NoShuffle: true, Epochs: 1, Seed: 1, Callbacks: []train.Callback{r},
		}
		if _, err := trainer.Fit(context.Background(), ds, nil); err != nil {
			t.Fatal(err)
		}
		p := r.Profile()
		if len(p.Records) != 1 || p.Theory == nil {
			t.Fatalf("%d-%d x%d: got %d records and theory %v, want one record, and a prediction for it", from, to, accumulate, len(p.Records), p.Theory)
		}
		return p.Records[0]
	}
	want := record(4, 8, 1, 1)
	for name, got := range map[string]Record{
		"last": record(4, 12, 2, 1, 0), "first": record(0, 8, 2, 0, 1), "both": record(0, 12, 3, 0, 1, 0), "a smaller one": record(4, 10, 2, 1, 0),
	} {
		for i, l := range got.Layers {
			within(t, name, l.DeltaRMS, want.Layers[i].DeltaRMS, 1e-6)
			if d := got.Details.Layers[i]; d.PreStd != want.Details.Layers[i].PreStd || d.ActStd != want.Details.Layers[i].ActStd {
				t.Errorf("%s: layer %d: got %+v, want %+v", name, i, d, want.Details.Layers[i])
			}
		}
		if got.Batch != 4 {
			t.Errorf("%s: got a batch of %d, want 4", name, got.Batch)
		}
	}
}
