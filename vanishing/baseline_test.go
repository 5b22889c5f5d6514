package vanishing

import (
	"context"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/train"
)

// The profile knows how many samples are right if the most frequent class is always answered.
func TestBaselineAccuracy(t *testing.T) {
	x, err := tensors.Zeros(tensor.Float32, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels([]int{2, 0, 2, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	p := build(t, graph.Sequential{graph.Dense{Units: 4}, graph.Dense{Units: 3}}, graph.CrossEntropy{}, 1, 5, 3)
	if got := observe(t, p, x, y).BaselineAccuracy; got != 0.6 {
		t.Errorf("got %g, want 0.6", got)
	}
}

// The baseline of the absolute error is the distance from the median.
func TestBaselineOfTheAbsoluteError(t *testing.T) {
	x, err := tensors.Zeros(tensor.Float32, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	y := tensor.New(tensor.WithShape(5, 1), tensor.WithBacking([]float32{0, 0, 0, 0, 100}))
	for want, loss := range map[float64]graph.Loss{20: graph.MAE{}, 19.875: graph.Huber{}} {
		p := build(t, graph.Sequential{graph.Dense{Units: 4}, graph.Dense{Units: 1}}, loss, 1, 5, 3)
		if got := float64(observe(t, p, x, y).Baseline); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: got %g, want %g", loss, got, want)
		}
	}
}

// The baseline counts the targets of every recorded step: those of a rare class may all be in steps without details.
func TestBaselineOfARareClass(t *testing.T) {
	x, err := tensors.Zeros(tensor.Float32, 64, 3)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, 64)
	labels[9], labels[40] = 1, 1 // of batches without details
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	for _, details := range []Schedule{Every(4), Never} {
		recorder := &Recorder{Details: details, Histograms: Never}
		trainer := &train.Trainer{
			Model: graph.Dense{Units: 2}, Loss: graph.CrossEntropy{}, BatchSize: 8, Epochs: 2, NoShuffle: true, Callbacks: []train.Callback{recorder},
		}
		if _, err := trainer.Fit(context.Background(), &data.Dataset{X: x, Y: y}, nil); err != nil {
			t.Fatal(err)
		}
		rare := 2.0 / 64
		want := -rare*math.Log(rare) - (1-rare)*math.Log(1-rare)
		if got := float64(recorder.Profile().Baseline); math.Abs(got-want) > 1e-12 {
			t.Errorf("details %v: got %g, want %g", details, got, want)
		}
	}
}
