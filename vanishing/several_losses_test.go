package vanishing_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// The gradient of classes vanishes over eight layers of sigmoids. In front of them a second head joins, so that the first layer has a
// gradient of usual size, and the sum of the losses falls. Without details the loss of guessing is not known.
func TestHeadBehindSigmoidsIsStuck(t *testing.T) {
	const n = 256
	rng := rand.New(rand.NewPCG(1, 1))
	x, classes, sizes := make([]float32, 8*n), make([]int, n), make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	for i := range n {
		if sizes[i] = x[8*i] + x[8*i+1]; x[8*i+2] > 0 {
			classes[i] = 1
		}
	}
	ds := &data.Dataset{
		X: tensor.New(tensor.WithShape(n, 8), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(n), tensor.WithBacking(classes)),
		Columns: []data.Column{{Name: "size", Values: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(sizes))}},
	}
	model := func(depth int) graph.Model {
		return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			hidden := graph.Sequential{graph.Dense{Units: 16}, graph.Sigmoid}
			x = hidden.Apply(b, x)
			b.Output("size", graph.Dense{Units: 1}.Apply(b, x))
			for range depth {
				x = hidden.Apply(b, x)
			}
			return graph.Dense{Units: 2}.Apply(b, x)
		})
	}
	for _, depth := range []int{0, 8} {
		for _, details := range []vanishing.Schedule{nil, vanishing.Never} {
			recorder := &vanishing.Recorder{Details: details, Histograms: vanishing.Never}
			trainer := &train.Trainer{
				Model: model(depth), Losses: []graph.Objective{{Name: "class", Loss: graph.CrossEntropy{}}, {Output: "size", Loss: graph.MSE{}}},
				Optimizer: &optim.SGD{LearningRate: 0.05, Momentum: 0.9}, BatchSize: 32, Epochs: 30, Seed: 1, Callbacks: []train.Callback{recorder},
			}
			if _, err := trainer.Fit(context.Background(), ds, nil); err != nil {
				t.Fatal(err)
			}
			p := recorder.Profile()
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			d := vanishing.Diagnose(p)
			if stuck := strings.Contains(d.Sentence, "class has learnt nothing"); stuck != (depth > 0) {
				t.Errorf("%d layers, details %v: got %v: %s", depth, details, d.Verdict, d.Sentence)
			}
		}
	}
}
