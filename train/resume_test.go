package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
)

// jitter is a transform that adds random numbers.
type jitter struct{}

func (jitter) Validate(*data.Dataset) error { return nil }
func (jitter) Apply(s *data.Sample) {
	for i := range s.X {
		s.X[i] += 0.1 * s.Rand.NormFloat64()
	}
}

// A breaker is a callback that fails before the update of a step, as a process that is killed there.
type breaker struct {
	Base
	step int
}

var errBroken = errors.New("broken")

func (b breaker) BeforeUpdate(r *Run) error {
	if r.Step == b.step {
		return errBroken
	}
	return nil
}

// resumable are trainers with all that has a state. Each call makes new ones.
func resumable() map[string]*Trainer {
	net := graph.Sequential{graph.Dense{Units: 8}, graph.BatchNorm{}, graph.Tanh, graph.Dropout{P: 0.3}, graph.Dense{Units: 8}, graph.Dropout{P: 0.2}, graph.Dense{Units: 2}}
	all := map[string]*Trainer{
		"plain":      {},
		"ragged":     {BatchSize: 24},
		"augmented":  {Augment: []data.Transform{jitter{}}, Workers: 3},
		"accumulate": {Accumulate: 3, BatchSize: 8},
		"average":    {AverageDecay: 0.9},
		"plateau":    {Schedule: schedule.Product{&schedule.Plateau{Patience: 1, Factor: 0.5, Threshold: 0.5}, schedule.Cosine{}}},
		"clipped":    {Callbacks: []Callback{&ClipNorm{Max: 0.1}}},
		"metrics":    {Metrics: []metric.Metric{metric.TopK{K: 1}}},
	}
	for _, o := range []optim.Optimizer{&optim.SGD{Momentum: 0.9, Nesterov: true}, &optim.AdamW{WeightDecay: 0.1}, &optim.RMSProp{Momentum: 0.5, Centered: true},
		&optim.AdaGrad{}, &optim.Lion{}, &optim.LAMB{}, &optim.LARS{}, &optim.Muon{}} {
		all[fmt.Sprintf("%T", o)] = &Trainer{Optimizer: o}
	}
	for _, t := range all {
		t.Model, t.Loss, t.Epochs, t.Seed, t.Dtype = net, graph.CrossEntropy{}, 3, 7, tensor.Float32
		if t.BatchSize == 0 {
			t.BatchSize = 16
		}
	}
	return all
}

// sets are data for the trainers: 64 samples.
func sets(t *testing.T) (train, val *data.Dataset) {
	train, val = moons(t, 64, 1), moons(t, 32, 2)
	train.X, val.X = as32(t, train.X), as32(t, val.X)
	return train, val
}

// sameBits compares parameters.
func sameBits(t *testing.T, what string, got, want *graph.Params) {
	t.Helper()
	for _, p := range want.All() {
		q := got.Get(p.Name)
		for i, w := range p.Value.Float32s() {
			if math.Float32bits(q.Value.Float32s()[i]) != math.Float32bits(w) {
				t.Fatalf("%s: %s[%d]: got %v, want %v", what, p.Name, i, q.Value.Float32s()[i], w)
			}
		}
		if q.Updates != p.Updates {
			t.Errorf("%s: %s has %d updates, want %d", what, p.Name, q.Updates, p.Updates)
		}
	}
}

// A run that fails at any step goes on to the same weights, averages and history, bit by bit.
func TestResume(t *testing.T) {
	train, val := sets(t)
	for name, whole := range resumable() {
		want, err := whole.Fit(background, train, val)
		if err != nil {
			t.Fatal(err)
		}
		steps := len(want.Losses)
		for at := 0; at < steps; at += 1 + steps/3 {
			every := 1 + at%4
			what := fmt.Sprintf("%s, broken at step %d of %d, checkpoints every %d", name, at, steps, every)
			path := t.TempDir()
			part := resumable()[name]
			part.Checkpoints = &checkpoint.Folder{Path: path, Steps: every}
			part.Callbacks = append(part.Callbacks, breaker{step: at})
			if _, err := part.Fit(background, train, val); !errors.Is(err, errBroken) {
				t.Fatalf("%s: got error %v", what, err)
			}
			rest := resumable()[name]
			rest.Checkpoints = &checkpoint.Folder{Path: path, Steps: every}
			got, err := rest.Fit(background, train, val)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			sameBits(t, what, rest.Params, whole.Params)
			if whole.Averaged != nil {
				sameBits(t, what+": averages", rest.Averaged, whole.Averaged)
			}
			if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) { // NaNs are equal
				t.Errorf("%s: history\n%#v, want\n%#v", what, got, want)
			}
			if !reflect.DeepEqual(rest.Schedule, whole.Schedule) {
				t.Errorf("%s: schedule %+v, want %+v", what, rest.Schedule, whole.Schedule)
			}
		}
	}
}

// A run that is stopped after any step goes on from there, and one that is over makes no further step.
func TestResumeAfterStop(t *testing.T) {
	train, val := sets(t)
	whole := resumable()["accumulate"]
	if _, err := whole.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	path := t.TempDir()
	var first []int
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithCancel(background)
		tr := resumable()["accumulate"]
		tr.Checkpoints = &checkpoint.Folder{Path: path}
		tr.Callbacks = []Callback{&stepper{then: func(r *Run) {
			if r.Step == r.First {
				first = append(first, r.First)
			} else {
				cancel()
			}
		}}}
		_, err := tr.Fit(ctx, train, val)
		cancel()
		if err == nil {
			sameBits(t, fmt.Sprintf("stopped %d times", stops), tr.Params, whole.Params)
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(first), "[0 2 4 6 8]"; got != want {
		t.Errorf("the runs began at steps %s, want %s", got, want)
	}
	again := resumable()["accumulate"]
	again.Checkpoints, again.Callbacks = &checkpoint.Folder{Path: path}, []Callback{&stepper{then: func(*Run) { t.Error("a step") }}}
	h, err := again.Fit(background, train, val)
	if err != nil || len(h.Epochs) != 3 || len(h.Losses) != 9 {
		t.Errorf("a run that is over: got %d epochs and %d losses, %v", len(h.Epochs), len(h.Losses), err)
	}
	sameBits(t, "a run that is over", again.Params, whole.Params)
	longer := resumable()["accumulate"]
	longer.Checkpoints, longer.Epochs = &checkpoint.Folder{Path: path}, 4
	if h, err := longer.Fit(background, train, val); err != nil || len(h.Epochs) != 4 {
		t.Errorf("a longer run: got %d epochs, %v", len(h.Epochs), err)
	}
}

// A stepper is a callback that calls a function after each step.
type stepper struct {
	Base
	then func(*Run)
}

func (s *stepper) AfterStep(r *Run) error { s.then(r); return nil }

// A run that goes on from the last step of an epoch scores it before any other step. Callbacks find a program then, too.
func TestResumeAtTheEndOfAnEpoch(t *testing.T) {
	dir := t.TempDir()
	set := moons(t, 64, 1)
	fit := func(callbacks ...Callback) error {
		tr := &Trainer{
			Model: graph.Dense{Units: 2}, Loss: graph.CrossEntropy{}, Epochs: 1, BatchSize: 16, Dtype: tensor.Float64, Checkpoints: &checkpoint.Folder{Path: dir, Steps: 1}, Callbacks: callbacks,
		}
		_, err := tr.Fit(context.Background(), set, nil)
		return err
	}
	var programs []*graph.Program
	note := func(r *Run) error {
		programs = append(programs, r.Program)
		return errBroken
	}
	for range 2 { // the first breaks in scoring the epoch
		if err := fit(afterEpoch{note: note}); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
	}
	for i, p := range programs {
		if p == nil {
			t.Errorf("run %d has no program after the epoch", i)
		}
	}
}

type afterEpoch struct {
	Base
	note func(*Run) error
}

func (a afterEpoch) AfterEpoch(r *Run) error { return a.note(r) }
