package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
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
		"halved":     {Callbacks: []Callback{&stepper{then: func(r *Run) { r.LearningRate *= 0.7 }}}},
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
	for stops := 0; stops < 20; stops++ {
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

// A run that was cut after the last step of an epoch, before the scores, goes on with the scores. Callbacks see what they see without
// the cut.
func TestResumeBeforeTheScores(t *testing.T) {
	train, val := sets(t)
	run := func(folder *checkpoint.Folder, cut int) (seen []string, err error) {
		tr := resumable()["ragged"]
		tr.Checkpoints = folder
		tr.Callbacks = []Callback{&hooks{afterEpoch: func(r *Run) error {
			if r.Epoch == cut {
				return errBroken
			}
			seen = append(seen, fmt.Sprint(r.Epoch, r.Step, r.Program.Input.Shape(), r.BatchLoss, r.Train, r.Val, r.LearningRate))
			return nil
		}}}
		_, err = tr.Fit(background, train, val)
		return seen, err
	}
	want, err := run(nil, -1)
	if err != nil {
		t.Fatal(err)
	}
	folder := &checkpoint.Folder{Path: t.TempDir(), Steps: 1}
	before, err := run(folder, 1)
	if !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	after, err := run(folder, -1)
	if err != nil {
		t.Fatal(err)
	}
	if got := append(before, after...); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Settings that would make other steps are refused, with both values.
func TestResumeWithOtherSettings(t *testing.T) {
	train, val := sets(t)
	path := t.TempDir()
	run := func(change func(*Trainer)) error {
		tr := resumable()["accumulate"]
		tr.Checkpoints = &checkpoint.Folder{Path: path}
		change(tr)
		_, err := tr.Fit(background, train, val)
		return err
	}
	if err := run(func(*Trainer) {}); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Trainer){
		"Seed is not that of the checkpoint: got 8, want 7":                  func(tr *Trainer) { tr.Seed = 8 },
		"BatchSize is not that of the checkpoint: got 4, want 8":             func(tr *Trainer) { tr.BatchSize = 4 },
		"Accumulate is not that of the checkpoint: got 1, want 3":            func(tr *Trainer) { tr.Accumulate = 0 },
		"NoShuffle is not that of the checkpoint: got true, want false":      func(tr *Trainer) { tr.NoShuffle = true },
		"AverageDecay is not that of the checkpoint: got 0.5, want 0":        func(tr *Trainer) { tr.AverageDecay = 0.5 },
		"Augment is not that of the checkpoint: got [train.jitter], want []": func(tr *Trainer) { tr.Augment = []data.Transform{jitter{}} },
		"dense1/weight: got a value of shape (2, 8), want (2, 2)":            func(tr *Trainer) { tr.Model = graph.Dense{Units: 2} },
		"(is it the state of another kind of optimiser?)":                    func(tr *Trainer) { tr.Optimizer, tr.Epochs = &optim.SGD{Momentum: 0.5}, 4 },
		"the states of 2 sources of random numbers, want those of 1": func(tr *Trainer) {
			tr.Model = append(graph.Sequential{}, tr.Model.(graph.Sequential)...)[:5:5]
			tr.Model = append(tr.Model.(graph.Sequential), graph.Dense{Units: 2})
		},
		"train.still, which has no state to save, want an optim.Stateful":  func(tr *Trainer) { tr.Optimizer = still{&optim.SGD{}} },
		"train: Trainer.Checkpoints: checkpoint: Folder.Path: got nothing": func(tr *Trainer) { tr.Checkpoints = &checkpoint.Folder{} },
	} {
		wantError(t, run(change), want)
	}
	x := train.X.Float32s()
	before := x[17]
	x[17]++
	wantError(t, run(func(*Trainer) {}), "Data is not that of the checkpoint")
	x[17] = before
	y := train.Y.Ints()
	y[5] = 1 - y[5]
	wantError(t, run(func(*Trainer) {}), "Data is not that of the checkpoint")
	y[5] = 1 - y[5]
	if err := run(func(*Trainer) {}); err != nil { // no mistake has left the folder locked or changed
		t.Error(err)
	}
}

// A run goes on from a checkpoint that is given, whatever the folder holds.
func TestResumeFromAGivenCheckpoint(t *testing.T) {
	train, val := sets(t)
	whole := resumable()["plain"]
	whole.Checkpoints = &checkpoint.Folder{Path: t.TempDir(), Steps: 1, Keep: 99}
	if _, err := whole.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	list, err := checkpoint.List(whole.Checkpoints.Path)
	if err != nil || len(list) != 12 {
		t.Fatalf("got %d checkpoints, %v", len(list), err)
	}
	c, err := checkpoint.Read(list[4].Path)
	if err != nil {
		t.Fatal(err)
	}
	first := -1
	again := resumable()["plain"]
	again.Resume, again.Callbacks = c, []Callback{&hooks{begin: func(r *Run) error { first = r.First; return nil }}}
	if _, err := again.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	if first != 5 || again.Resume != nil {
		t.Errorf("the run began at step %d, want 5", first)
	}
	sameBits(t, "from step 5", again.Params, whole.Params)
}
