package vanishing

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// small is a dataset of 22 samples with 4 features and 3 classes. In batches of 8 the third batch has 6.
func small(t testing.TB) *data.Dataset {
	x, y := randomBatch(t, 1, 22, 4, 3)
	return &data.Dataset{X: x, Y: y}
}

func fit(t testing.TB, r *Recorder, change func(*train.Trainer)) train.History {
	t.Helper()
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 4, Depth: 3, Width: 5, Output: 3}, Loss: graph.CrossEntropy{},
		Optimizer: &optim.SGD{LearningRate: 0.1}, Epochs: 3, BatchSize: 8, Seed: 1,
	}
	if r != nil {
		trainer.Callbacks = []train.Callback{r}
	}
	if change != nil {
		change(trainer)
	}
	history, err := trainer.Fit(context.Background(), small(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	return history
}

func steps(p Profile) []int {
	var list []int
	for _, r := range p.Records {
		list = append(list, r.Step)
	}
	return list
}

func TestRecordedSteps(t *testing.T) {
	for every, want := range map[int][]int{
		1: {0, 1, 2, 3, 4, 5, 6, 7, 8},
		3: {0, 3, 6, 8},
		8: {0, 8}, 100: {0, 8},
	} {
		r := &Recorder{Steps: Every(every)}
		fit(t, r, nil)
		if got := steps(r.Profile()); !reflect.DeepEqual(got, want) {
			t.Errorf("every %d: steps %v, want %v", every, got, want)
		}
	}
}

// Every record is complete, including those of the smaller last batch, and agrees with the run.
func TestRecordsAgreeWithTheRun(t *testing.T) {
	r := &Recorder{Name: "net"}
	history := fit(t, r, nil)
	p := r.Profile()
	if p.Name != "net" || p.Dtype != "float32" || p.Seed != 1 || len(p.Layers) != 4 || len(p.Params) != 8 {
		t.Fatalf("got %+v", p)
	}
	for i, record := range p.Records {
		if float64(record.Loss) != history.Losses[i] || record.Epoch != i/3 {
			t.Errorf("step %d: epoch %d, loss %g, want %d and %g", i, record.Epoch, record.Loss, i/3, history.Losses[i])
		}
		if want := []int{8, 8, 6}[i%3]; record.Batch != want {
			t.Errorf("step %d: batch of %d, want %d", i, record.Batch, want)
		}
		for l, layer := range record.Layers {
			if !(layer.DeltaRMS > 0) || record.Details != nil && !(record.Details.Layers[l].ActStd > 0) {
				t.Errorf("step %d, layer %d: incomplete record: got %+v", i, l, layer)
			}
		}
		for k, param := range record.Params {
			if d := record.Details; !(param.GradL2 > 0) || d != nil && i > 0 && !(d.Updates[k].Ratio > 0 && d.Params[k].NormL2 > 0) {
				t.Errorf("step %d, %s: incomplete record: got %+v with details %+v", i, p.Params[k].Name, param, d)
			}
		}
	}
}

// A recorder of gradients only records the same gradients as a full recorder.
func TestGradientsOnly(t *testing.T) {
	for name, optimizer := range map[string]func() optim.Optimizer{
		"measuring": func() optim.Optimizer { return &optim.Adam{} },
		"foreign":   func() optim.Optimizer { return struct{ optim.Optimizer }{&optim.Adam{}} }, // does not measure
	} {
		full, light := &Recorder{Details: Every(1)}, &Recorder{Details: Never, Histograms: Never}
		for _, r := range []*Recorder{full, light} {
			fit(t, r, func(trainer *train.Trainer) { trainer.Optimizer = optimizer() })
		}
		for i, want := range full.Profile().Records {
			got := light.Profile().Records[i]
			for l := range want.Layers {
				if got.Layers[l].DeltaRMS != want.Layers[l].DeltaRMS || got.Details != nil {
					t.Fatalf("%s, step %d, layer %d: %+v, want the gradient of %+v", name, i, l, got.Layers[l], want.Layers[l])
				}
			}
			for k, p := range want.Params {
				within(t, "norm", got.Params[k].GradL2, p.GradL2, 1e-12)
				within(t, "RMS", got.Params[k].GradRMS, p.GradRMS, 1e-12)
			}
		}
	}
}

func TestRecordingChangesNothing(t *testing.T) {
	if with, without := fit(t, &Recorder{}, nil), fit(t, nil, nil); !reflect.DeepEqual(with.Losses, without.Losses) {
		t.Errorf("losses: got %v with a recorder and %v without, want the same", with.Losses, without.Losses)
	}
}

// In a network wide enough for products on several cores, the norms are computed in parallel. They are equal, bit by bit, to those
// on one core.
func TestProfileDoesNotDependOnTheCores(t *testing.T) {
	x, y := randomBatch(t, 1, 64, 4, 3)
	var texts []string
	for _, cores := range []int{1, 2} {
		before := runtime.GOMAXPROCS(cores)
		r := &Recorder{}
		trainer := &train.Trainer{
			Model: mlp.Model{Input: 4, Depth: 5, Width: 128, Output: 3}, Loss: graph.CrossEntropy{},
			Optimizer: &optim.SGD{LearningRate: 0.1}, Epochs: 12, BatchSize: 64, Seed: 1, Callbacks: []train.Callback{r},
		}
		if _, err := trainer.Fit(context.Background(), &data.Dataset{X: x, Y: y}, nil); err != nil {
			t.Fatal(err)
		}
		runtime.GOMAXPROCS(before)
		text, err := json.Marshal(Profile{Records: r.Profile().Records})
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Error("the records on two cores differ from those on one")
	}
}

func TestSameSeedSameProfile(t *testing.T) {
	record := func() string {
		r := &Recorder{}
		fit(t, r, nil)
		p := r.Profile()
		p.Cost = nil // depends on the clock
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := record()
	for _, procs := range []int{1, 2} {
		old := runtime.GOMAXPROCS(procs)
		if got := record(); got != want {
			t.Errorf("GOMAXPROCS %d: the profile differs", procs)
		}
		runtime.GOMAXPROCS(old)
	}
}

func TestNewRunNewProfile(t *testing.T) {
	r := &Recorder{}
	fit(t, r, nil)
	first := r.Profile()
	fit(t, r, func(trainer *train.Trainer) {
		trainer.Epochs, trainer.Model = 1, resnet.Model{Input: 4, Blocks: 3, Width: 5, Output: 3}
	})
	if p := r.Profile(); len(p.Records) != 3 || len(p.Layers) != 8 || len(p.Records[0].Layers) != 8 {
		t.Errorf("%d records of %d layers, want 3 of 8", len(p.Records), len(p.Layers))
	}
	if len(first.Records) != 9 || len(first.Layers) != 4 {
		t.Error("the profile of the first run has changed")
	}
}

func TestDivergingTrainingIsNonFinite(t *testing.T) {
	r := &Recorder{}
	fit(t, r, func(trainer *train.Trainer) { trainer.Optimizer = &optim.SGD{LearningRate: 1e30} })
	d := Diagnose(r.Profile())
	if d.Verdict != NonFinite || d.NonFinite.Step == 0 || d.NonFinite.Step > 3 {
		t.Errorf("%v %+v, want non-finite soon after step 0", d.Verdict, d.NonFinite)
	}
}

func TestRecorderOfBadSettings(t *testing.T) {
	if err := (&Recorder{MaxRecords: -1}).Begin(&train.Run{}); err == nil {
		t.Error("MaxRecords: -1 gives no error")
	}
}

// After the run a recorder must not retain the memory of the run's programs.
func TestRecorderLetsGoOfTheRun(t *testing.T) {
	r := &Recorder{}
	fit(t, r, nil)
	for _, w := range r.probes {
		if w.remove != nil || w.details != nil {
			t.Errorf("%d taps are left after the run", len(w.remove))
		}
	}
}

func TestProfileBeforeTheRunIsEmpty(t *testing.T) {
	if p := (&Recorder{}).Profile(); len(p.Records) != 0 || Diagnose(p).Verdict != Undetermined {
		t.Errorf("got %+v", p)
	}
}
