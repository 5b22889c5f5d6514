package spike

import (
	"context"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
)

// classes is a training set of random inputs with three classes, which a linear map separates.
func classes(t *testing.T, n int) *data.Dataset {
	t.Helper()
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(7, 1)), n, 8)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, n)
	for i := range labels {
		row := x.Float32s()[8*i : 8*i+3]
		for k, v := range row {
			if v > row[labels[i]] {
				labels[i] = k
			}
		}
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}

func trainer() *train.Trainer {
	return &train.Trainer{
		Model: mlp.Model{Input: 8, Depth: 4, Width: 16, Output: 3, Activation: graph.ReLU}, Loss: graph.CrossEntropy{},
		Optimizer: &optim.Adam{LearningRate: 0.002}, Epochs: 6, BatchSize: 16, Seed: 3,
	}
}

// spikeOf trains with a detector, and replays its first spike from the checkpoint that it kept.
func spikeOf(t *testing.T, make func() *train.Trainer, set *data.Dataset) (Event, Report) {
	t.Helper()
	dir := t.TempDir()
	folder := &checkpoint.Folder{Path: dir + "/checkpoints", Steps: 25, Keep: 5}
	d := &Detector{Checkpoints: folder.Path, Keep: dir + "/spikes", OnSpike: func(Event) error { return train.ErrStop }}
	run := make()
	run.Checkpoints, run.Callbacks = folder, append(run.Callbacks, d)
	history, err := run.Fit(context.Background(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Events) == 0 {
		t.Fatal("no spike was found")
	}
	e := d.Events[0]
	t.Log(e, e.Kept, e.Lost)
	from, err := checkpoint.Read(e.Kept)
	if err != nil {
		t.Fatal(err)
	}
	losses := map[int]float64{}
	for step, loss := range history.Losses {
		losses[step] = loss
	}
	report, err := Replay{Trainer: make(), Train: set, From: from, Step: e.Step, Losses: losses}.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + report.String())
	if want := e.Step + 1 - from.Step; report.Compared < want-1 || report.Same != report.Compared {
		t.Errorf("%d of %d losses are the same, want all of about %d", report.Same, report.Compared, want)
	}
	return e, report
}

// graphNode is a node, in place of a gradient.
func graphNode(t *testing.T) *gorgonia.Node {
	t.Helper()
	return gorgonia.NewVector(gorgonia.NewGraph(), tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("gradient"))
}
