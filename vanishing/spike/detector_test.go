package spike

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
)

// Undisturbed runs of other networks, optimisers, batch sizes and schedules have no spike.
func TestNoFalseAlarms(t *testing.T) {
	set := classes(t, 1000)
	models := map[string]graph.Model{
		"plain":    mlp.Model{Input: 8, Depth: 4, Width: 16, Output: 3, Activation: graph.ReLU},
		"normed":   mlp.Model{Input: 8, Depth: 4, Width: 16, Output: 3, Activation: graph.ReLU, Norm: graph.BN},
		"sigmoid":  mlp.Model{Input: 8, Depth: 2, Width: 16, Output: 3, Activation: graph.Sigmoid},
		"residual": resnet.Model{Input: 8, Blocks: 3, Width: 16, Output: 3},
		"dropout":  graph.Sequential{graph.Dense{Units: 32}, graph.ReLU, graph.Dropout{P: 0.5}, graph.Dense{Units: 3}},
	}
	optimizers := map[string]func() optim.Optimizer{
		"sgd":      func() optim.Optimizer { return &optim.SGD{LearningRate: 0.05} },
		"momentum": func() optim.Optimizer { return &optim.SGD{LearningRate: 0.02, Momentum: 0.9} },
		"adam":     func() optim.Optimizer { return &optim.Adam{LearningRate: 0.003} },
	}
	runs := 0
	for name, model := range models {
		for kind, optimizer := range optimizers {
			for seed := range uint64(4) {
				d := new(Detector)
				tr := &train.Trainer{
					Model: model, Loss: graph.CrossEntropy{}, Optimizer: optimizer(), Epochs: 5, BatchSize: []int{8, 32}[seed%2], Seed: seed,
					Schedule: []schedule.Schedule{nil, schedule.Cosine{}}[seed/2], Callbacks: []train.Callback{d},
				}
				if _, err := tr.Fit(context.Background(), set, nil); err != nil {
					t.Fatal(err)
				}
				runs++
				for _, e := range d.Events {
					t.Errorf("%s, %s, seed %d: %v", name, kind, seed, e)
				}
			}
		}
	}
	t.Logf("%d runs", runs)
}

// An Adam whose second moments are small when a large gradient comes makes a large update in that very step, and is found by it where the loss is
// usual. A spike is reported once, and again after the quiet steps.
func TestUpdatesAreWatched(t *testing.T) {
	var d Detector
	if err := d.Begin(nil); err != nil {
		t.Fatal(err)
	}
	param := &graph.Param{Name: "w", Role: graph.Weight, Value: tensor.New(tensor.WithBacking([]float64{3, 4}))}
	run := &train.Run{Optimizer: unmeasured{&optim.SGD{}}, Program: &graph.Program{Weights: []*graph.Binding{{Param: param, Grad: graphNode(t)}}}, BatchLoss: 1}
	for step := range 150 {
		run.Step, run.BatchLoss = step, 1+0.01*float64(step%5)
		if err := d.BeforeUpdate(run); err != nil {
			t.Fatal(err)
		}
		move := 0.01 + 0.0001*float64(step%7)
		if step == 60 || step == 70 || step == 130 {
			move *= 5
		}
		param.Value.Float64s()[0] += move
		if err := d.AfterStep(run); err != nil {
			t.Fatal(err)
		}
	}
	var steps []int
	for _, e := range d.Events {
		steps = append(steps, e.Step)
		if e.Quantity != Update || e.Param != "w" || !strings.Contains(e.String(), "the update ratio of w is 0.0") {
			t.Errorf("got %v", e)
		}
	}
	if want := []int{60, 130}; !reflect.DeepEqual(steps, want) {
		t.Errorf("spikes in steps %v, want %v", steps, want)
	}
}

// A loss that stays NaN is one spike.
func TestBrokenRunIsOneSpike(t *testing.T) {
	d := &Detector{Quiet: 10}
	tr := trainer()
	tr.Optimizer, tr.Callbacks = &optim.SGD{LearningRate: 1e6}, []train.Callback{d}
	if _, err := tr.Fit(context.Background(), classes(t, 1000), nil); err != nil {
		t.Fatal(err)
	}
	if len(d.Events) != 1 || !strings.Contains(d.Events[0].String(), "NaN") {
		t.Errorf("got %v", d.Events)
	}
}

// A run that is stopped and goes on has the events of one that was not.
func TestDetectorGoesOn(t *testing.T) {
	set := classes(t, 400)
	set.X.Float32s()[0] = 1e4
	fit := func(tr *train.Trainer, d *Detector, dir string, epochs int) {
		tr.Epochs, tr.Callbacks, tr.Checkpoints = epochs, []train.Callback{d}, &checkpoint.Folder{Path: dir, Steps: 1000}
		if _, err := tr.Fit(context.Background(), set, nil); err != nil {
			t.Fatal(err)
		}
	}
	whole, parts := new(Detector), new(Detector)
	fit(trainer(), whole, t.TempDir(), 6)
	dir := t.TempDir()
	fit(trainer(), new(Detector), dir, 3)
	fit(trainer(), parts, dir, 6)
	if len(whole.Events) == 0 || fmt.Sprint(whole.Events) != fmt.Sprint(parts.Events) || !reflect.DeepEqual(whole.updates, parts.updates) {
		t.Errorf("got %v, want %v", parts.Events, whole.Events)
	}
}

func TestDetectorSaysWhatIsLost(t *testing.T) {
	set := classes(t, 400)
	set.X.Float32s()[8*300] = 1e5
	d := &Detector{Checkpoints: t.TempDir(), Keep: t.TempDir()}
	tr := trainer()
	tr.Callbacks = []train.Callback{d}
	if _, err := tr.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	if len(d.Events) == 0 || d.Events[0].Kept != "" || !strings.Contains(d.Events[0].Lost, "no checkpoint to keep") {
		t.Errorf("got %+v", d.Events)
	}
	for _, bad := range []*Detector{{Quiet: -1}, {Before: -1}, {Keep: "x"}} {
		if err := bad.Begin(nil); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}

// unmeasured hides that an optimiser is a Measurer.
type unmeasured struct{ optim.Optimizer }

// Both ways of measuring find the same.
func TestBothWaysOfMeasuring(t *testing.T) {
	set := classes(t, 400)
	var runs [2]Detector
	for i, o := range []optim.Optimizer{&optim.SGD{LearningRate: 0.05}, unmeasured{&optim.SGD{LearningRate: 0.05}}} {
		tr := trainer()
		tr.Optimizer, tr.Epochs, tr.Callbacks = o, 2, []train.Callback{&runs[i]}
		if _, err := tr.Fit(context.Background(), set, nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, u := range runs[0].updates {
		for k, v := range u.values {
			if w := runs[1].updates[name].values[k]; math.Abs(v-w) > 1e-5*v { // float32
				t.Errorf("%s, step %d: %g and %g", name, k, v, w)
			}
		}
	}
	if len(runs[0].updates) != 5 {
		t.Errorf("%d weights are watched, want 5", len(runs[0].updates))
	}
}
