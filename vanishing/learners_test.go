package vanishing_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// Learners are random networks that are trained and then judged by the outcome: whether the loss fell, and whether another network
// learns from the same samples in as many steps. The rules were developed on seeds below 600; the test uses other seeds.

// A learner is one random network with its task.
type learner struct {
	name      string
	model     mlp.Model
	loss      graph.Loss
	set       *data.Dataset
	optimizer optim.Optimizer
	steps     int
	seed      uint64
}

// drawLearner draws a random learner. Half of the learners are of kinds that often do not learn.
func drawLearner(t *testing.T, seed uint64) learner {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 2026))
	h := learner{seed: seed, steps: 200 + 100*rng.IntN(5), loss: graph.CrossEntropy{}}
	h.model = mlp.Model{Depth: 2 + rng.IntN(11), Width: 16 << rng.IntN(4)}
	h.model.Activation = pick(rng, graph.Sigmoid, graph.Sigmoid, graph.Tanh, graph.ReLU, graph.ReLU, graph.Softsign, graph.SiLU, graph.GELU, graph.ELU(1))
	h.model.Init = pick[initializer.Initializer](rng, nil, nil, nil, nil, initializer.TorchDefault{}, initializer.LeCunNormal{},
		initializer.Normal{Std: 0.02}, initializer.Normal{Std: 0.05}, initializer.Normal{Std: 0.1}, initializer.Normal{Std: 0.3})
	h.model.Norm = pick(rng, graph.NoNorm, graph.NoNorm, graph.NoNorm, graph.NoNorm, graph.LN, graph.BN)
	task := pick(rng, "images", "images", "teacher", "spirals", "regression")
	h.set = learnerTask(t, task, rng)
	h.model.Input, h.model.Output = h.set.X.Shape()[1], map[string]int{"images": 10, "teacher": 4, "spirals": 3, "regression": 2}[task]
	if task == "regression" {
		h.loss = graph.MSE{}
	}
	switch pick(rng, "sgd", "sgd", "momentum", "adam") {
	case "sgd":
		h.optimizer = &optim.SGD{LearningRate: math.Pow(10, -2.5+2*rng.Float64())}
	case "momentum":
		h.optimizer = &optim.SGD{LearningRate: math.Pow(10, -3+2*rng.Float64()), Momentum: 0.9}
	case "adam":
		h.optimizer = &optim.Adam{LearningRate: math.Pow(10, -4+2*rng.Float64())}
	}
	h.name = fmt.Sprintf("%d: %s, %d x %d %v %v %v, %v, %d steps", seed, task, h.model.Depth, h.model.Width, h.model.Activation, h.model.Init, h.model.Norm, h.optimizer, h.steps)
	return h
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// learnerTask draws 512 samples that a network can learn.
func learnerTask(t *testing.T, task string, rng *rand.Rand) *data.Dataset {
	t.Helper()
	const n = 512
	if task == "images" {
		set, err := images(t).Slice(512*rng.IntN(10), 5632)
		if err != nil {
			t.Fatal(err)
		}
		if set, err = set.Slice(0, n); err != nil {
			t.Fatal(err)
		}
		return set
	}
	features := map[string]int{"teacher": 20, "spirals": 2, "regression": 5}[task]
	x, labels, numbers := make([]float32, n*features), make([]int, n), make([]float32, 2*n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	var weights [4][20]float64
	for k := range weights {
		for j := range weights[k] {
			weights[k][j] = rng.NormFloat64()
		}
	}
	for i := range n {
		row := x[i*features : (i+1)*features]
		switch task {
		case "teacher": // the largest of four linear functions
			best := math.Inf(-1)
			for k := range weights {
				sum := 0.0
				for j, v := range row {
					sum += weights[k][j] * float64(v)
				}
				if sum > best {
					best, labels[i] = sum, k
				}
			}
		case "spirals":
			labels[i] = i % 3
			radius := rng.Float64()
			angle := 4*radius + 2*math.Pi/3*float64(labels[i])
			row[0], row[1] = float32(2*radius*math.Cos(angle)), float32(2*radius*math.Sin(angle))
		case "regression":
			numbers[2*i] = float32(math.Sin(float64(row[0])) + 0.5*float64(row[1]))
			numbers[2*i+1] = float32(math.Tanh(float64(row[2])*2) - 0.3*float64(row[3]))
		}
	}
	set := &data.Dataset{X: tensor.New(tensor.WithShape(n, features), tensor.WithBacking(x))}
	if set.Y = tensor.New(tensor.WithShape(n), tensor.WithBacking(labels)); task == "regression" {
		set.Y = tensor.New(tensor.WithShape(n, 2), tensor.WithBacking(numbers))
	}
	return set
}

// fit trains a model on the samples with an optimiser. It returns the loss of the last epoch, and of the epoch at three quarters of
// the run, as shares of the loss of guessing.
func (h learner) fit(t *testing.T, model graph.Model, optimizer optim.Optimizer, callbacks ...train.Callback) (last, before float64) {
	t.Helper()
	trainer := &train.Trainer{
		Model: model, Loss: h.loss, Optimizer: optimizer, BatchSize: 32, Epochs: (h.steps + 15) / 16, Seed: h.seed, Callbacks: callbacks,
	}
	history, err := trainer.Fit(context.Background(), h.set, nil)
	if err != nil {
		t.Fatalf("%s: %v", h.name, err)
	}
	var m graph.TargetMoments
	m.Add(tensor.Shape{512, h.model.Output}, h.set.Y)
	guess := h.loss.(graph.Baseliner).Baseline(m, 512)
	at := func(epoch int) float64 {
		if loss := history.Epochs[epoch].Train.Loss / guess; !math.IsNaN(loss) {
			return loss
		}
		return math.Inf(1)
	}
	n := len(history.Epochs)
	return at(n - 1), at(n * 3 / 4)
}

// A state is the outcome of training a learner.
type state int

const (
	between state = iota // learnt little, or the loss still falls from above that of guessing, or even the oracle does not learn
	learnt               // the loss is below half of that of guessing
	stuck                // the loss is that of guessing, while the oracle halves it
)

// oracle trains a network that learns all samples: a residual network with layer normalisation and Adam.
func (h learner) oracle(t *testing.T) float64 {
	loss, _ := h.fit(t, resnet.Model{Input: h.model.Input, Output: h.model.Output, Blocks: 2, Width: 64, Norm: graph.LN}, &optim.Adam{LearningRate: 3e-3})
	return loss
}

// train trains the learner and returns its state.
func (h learner) train(t *testing.T) (vanishing.Profile, state) {
	t.Helper()
	recorder := &vanishing.Recorder{Name: h.name}
	last, before := h.fit(t, h.model, h.optimizer, recorder)
	switch {
	case last < 0.5:
		return recorder.Profile(), learnt
	case last < 0.97 || last < 0.9*before || h.oracle(t) > 0.5:
		return recorder.Profile(), between
	}
	return recorder.Profile(), stuck
}

// A stuck network should not be called healthy, and a network that learns must be. Required are 55 of 60 stuck networks and all of
// 200 that learn.
func TestLearners(t *testing.T) {
	wantStuck, wantLearnt, mayMiss := 60, 200, 5
	if testing.Short() {
		wantStuck, wantLearnt, mayMiss = 5, 15, 0
	}
	healthy, right, missed := 0, 0, 0
	for seed := uint64(10_000); right+mayMiss-missed < wantStuck || healthy < wantLearnt; seed++ {
		h := drawLearner(t, seed)
		p, is := h.train(t)
		d := vanishing.Diagnose(p)
		switch well := d.Verdict == vanishing.Healthy; {
		case is == learnt && !well:
			t.Errorf("%s has learnt, and is called %v: %s", h.name, d.Verdict, d.Sentence)
			healthy++
		case is == learnt:
			healthy++
		case is == stuck && well:
			t.Logf("%s is stuck, and is called healthy: %s %s", h.name, d.Sentence, d.Evidence)
			missed++
		case is == stuck:
			right++
		}
		if missed > mayMiss {
			t.Fatalf("too many networks that are stuck are called healthy; %d are not", right)
		}
	}
	t.Logf("of %d networks that learn all are called healthy; of %d that learn nothing %d are found, and up to %d may be missed", healthy, right+missed, right, mayMiss)
}
