package vanishing_test

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
	"github.com/gradflow/gradflow/vanishing"
)

// products are 512 samples of 10 numbers around a mean. The class of one is given by the signs of two products of its numbers.
func products(mean float32) *data.Dataset {
	r := rand.New(rand.NewPCG(3, 9))
	x, y := make([]float32, 0, 512*10), make([]int, 512)
	for i := range y {
		var z [10]float32
		for j := range z {
			z[j] = float32(r.NormFloat64())
			x = append(x, mean+z[j])
		}
		if z[0]*z[1] > 0 {
			y[i]++
		}
		if z[2]*z[3] > 0 {
			y[i] += 2
		}
	}
	return &data.Dataset{X: tensor.New(tensor.WithShape(512, 10), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(512), tensor.WithBacking(y))}
}

// Networks that learn little or nothing are told why, and what they are told helps: the loss comes down to half of what it was.
func TestCausesThatAreNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("trains networks")
	}
	plain := mlp.Model{Input: 10, Hidden: []int{48, 48, 48}, Output: 4, Activation: graph.ReLU}
	batchNormed := plain
	batchNormed.Norm = graph.BN
	narrow := mlp.Model{Input: 10, Depth: 14, Width: 4, Output: 4, Activation: graph.ReLU}
	wide := narrow
	wide.Width = 32
	type setting struct {
		model     graph.Model
		optimizer optim.Optimizer
		schedule  schedule.Schedule
		mean      float32
		batch     int
	}
	for name, c := range map[string]struct {
		sick   setting
		want   string
		mended func(*setting)
	}{
		"two samples": {setting{model: batchNormed, optimizer: &optim.Adam{}, batch: 2}, "Batch normalisation over 2 samples", func(s *setting) { s.batch = 32 }},
		"schedule": {
			setting{model: plain, optimizer: &optim.SGD{LearningRate: 0.02, Momentum: 0.9}, schedule: schedule.Exponential{Gamma: 0.8}},
			"check whether its schedule suits", func(s *setting) { s.schedule = nil },
		},
		"epsilon": {setting{model: plain, optimizer: &optim.Adam{Epsilon: 10}}, "epsilon of 10", func(s *setting) { s.optimizer = &optim.Adam{Epsilon: 1e-8} }},
		"mean":    {setting{model: plain, optimizer: &optim.Adam{}, mean: 15}, "What the inputs of all samples share is 1", func(s *setting) { s.mean = 0 }},
		"narrow":  {setting{model: narrow, optimizer: &optim.Adam{LearningRate: 3e-3}}, "make the layers wider", func(s *setting) { s.model = wide }},
	} {
		fit := func(s setting) (vanishing.Diagnosis, float64) {
			recorder, batch := &vanishing.Recorder{}, cmp.Or(s.batch, 32)
			optimizer, err := optim.Fresh(s.optimizer)
			if err != nil {
				t.Fatal(err)
			}
			trainer := &train.Trainer{
				Model: s.model, Loss: graph.CrossEntropy{}, Optimizer: optimizer, Schedule: s.schedule, BatchSize: batch,
				Epochs: (640*batch + 511) / 512, Seed: 7, Callbacks: []train.Callback{recorder},
			}
			history, err := trainer.Fit(context.Background(), products(s.mean), nil)
			if err != nil {
				t.Fatal(err)
			}
			return vanishing.Diagnose(recorder.Profile()), history.Epochs[len(history.Epochs)-1].Train.Loss
		}
		d, sick := fit(c.sick)
		told := false
		for _, f := range d.Findings {
			told = told || strings.Contains(f.Remedy, c.want)
		}
		if !told {
			t.Errorf("%s: got %v with %+v, want %q", name, d.Verdict, d.Findings, c.want)
		}
		c.mended(&c.sick)
		_, mended := fit(c.sick)
		if t.Logf("%s: %v, from %.3g to %.3g of the loss of guessing", name, d.Verdict, sick/math.Log(4), mended/math.Log(4)); !(mended < sick/2) {
			t.Errorf("%s: got a loss of %g, mended %g, want at most half", name, sick, mended)
		}
	}
}
