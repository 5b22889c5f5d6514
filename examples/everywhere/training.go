package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
	"github.com/gradflow/gradflow/vanishing"
)

// A training is the experiment of Xiong et al. 2020, sec. 3.2: deep Transformers with and without a warm-up of the learning rate. They
// predict the next character of Newton's Opticks.
type training struct {
	layers, width, length, batch int
	steps, warmUp                int
	rate                         float64 // of Adam
	networks                     int
}

// warmUp is the training of docs/experiments/layer-norm.md.
var warmUp = training{layers: 24, width: 32, length: 32, batch: 16, steps: 1000, warmUp: 400, rate: 3e-4, networks: 3}

// lossSteps are the steps over which a printed loss is the mean.
const lossSteps = 50

// run trains the networks and prints their losses, and what became of their gradients.
func (e training) run(ctx context.Context, w io.Writer) error {
	corpus, err := text.Opticks()
	if err != nil {
		return err
	}
	all, err := corpus.Windows(text.Windows{Length: e.length})
	if err != nil {
		return err
	}
	set, err := all.Slice(0, e.steps*e.batch)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d layers of width %d, %d steps, rate %g; guessing has a loss of %.2f\n\n%-22s%6s%9s%9s%10s%22s\n",
		e.layers, e.width, e.steps, e.rate, entropy(set.Y.Ints()), "", "seed", "half", "end", "verdict", "first / last gradient")
	for _, arm := range []struct {
		name      string
		placement attention.Placement
		warmUp    int
	}{{"Pre-LN", attention.PreLN, 0}, {"Post-LN", attention.PostLN, 0}, {"Post-LN, warm-up", attention.PostLN, e.warmUp}} {
		for seed := range uint64(e.networks) {
			losses, d, err := e.train(ctx, e.network(arm.placement, corpus.Size()), arm.warmUp, 1+seed, set)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%-22s%6d%9.2f%9.2f%10v%22.1e\n", arm.name, 1+seed, losses.before(e.steps/2), losses.before(e.steps), d.Verdict, d.Ratio)
		}
	}
	return nil
}

func (e training) network(placement attention.Placement, characters int) graph.Model {
	return transformer.GPT{
		Vocabulary: characters, Context: e.length, Width: e.width, Untied: true,
		Config: attention.Config{Layers: e.layers, Heads: 4, Placement: placement, Init: initializer.XavierUniform{}},
	}
}

// train trains a network, and gives the diagnosis of its gradients in all recorded steps.
func (e training) train(ctx context.Context, model graph.Model, warmUp int, seed uint64, set *data.Dataset) (batchLosses, vanishing.Diagnosis, error) {
	losses, recorder := &batchLosses{}, &vanishing.Recorder{Steps: vanishing.Every(lossSteps), NoTheory: true}
	trainer := &train.Trainer{
		Model: model, Loss: graph.CrossEntropy{}, Optimizer: &optim.Adam{LearningRate: e.rate},
		Epochs: 1, BatchSize: e.batch, Seed: seed, Callbacks: []train.Callback{losses, recorder},
	}
	if warmUp > 0 {
		trainer.Schedule = schedule.Func(func(step, _ int) float64 { return min(1, float64(step+1)/float64(warmUp)) })
	}
	_, err := trainer.Fit(ctx, set, nil)
	return *losses, vanishing.Diagnose(recorder.Profile()), err
}

// A batchLosses is a callback that keeps the loss of each step.
type batchLosses struct {
	train.Base
	list []float64
}

// AfterStep implements train.Callback.
func (b *batchLosses) AfterStep(r *train.Run) error {
	b.list = append(b.list, r.BatchLoss)
	return nil
}

// before is the mean loss of the last steps before one.
func (b batchLosses) before(step int) float64 {
	sum, list := 0.0, b.list[max(0, step-lossSteps):step]
	for _, loss := range list {
		sum += loss / float64(len(list))
	}
	return sum
}

// entropy is the loss, in nats, of a network that knows nothing but how frequent each label is.
func entropy(labels []int) (h float64) {
	counts := make(map[int]float64)
	for _, label := range labels {
		counts[label]++
	}
	n := float64(len(labels))
	for _, count := range counts {
		h -= count / n * math.Log(count/n)
	}
	return h
}
