package spike

import (
	"context"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Without a spike, and with too few steps, the report says so.
func TestReplayOfAUsualStep(t *testing.T) {
	set := classes(t, 1000)
	folder := &checkpoint.Folder{Path: t.TempDir(), Steps: 40, Keep: 10}
	tr := trainer()
	tr.Checkpoints = folder
	if _, err := tr.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	list, err := checkpoint.List(folder.Path)
	if err != nil {
		t.Fatal(err)
	}
	from, err := checkpoint.Read(list[2].Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{3, 30} {
		r, err := Replay{Trainer: trainer(), Train: set, From: from, Step: from.Step + after}.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r.Began || r.Compared != 0 || !strings.Contains(r.String(), "Nothing unusual leads to step") {
			t.Errorf("got %v", r)
		}
		if first := r.Profile.Records[0].Step; first != from.Step || len(r.Profile.Records) != after+6 {
			t.Errorf("records from step %d, %d of them", first, len(r.Profile.Records))
		}
		if words := r.In(lang.Chinese); strings.Contains(words, "unusual") {
			t.Error(words)
		}
	}
	if r, err := (Replay{Trainer: trainer(), Train: set, Step: 20}).Run(context.Background()); err != nil || r.From != 0 || len(r.Profile.Records) != 26 {
		t.Errorf("from the beginning: %v, %v", r, err)
	}
	// A replay that is not that of the run tells so.
	r, err := Replay{Trainer: trainer(), Train: set, Step: 20, Losses: map[int]float64{0: 1, 1: 2}}.Run(context.Background())
	if err != nil || r.Same != 0 || !strings.Contains(r.String(), "bit by bit, in 0 of ") || !strings.Contains(r.String(), "In the other steps it differs") {
		t.Errorf("another run: %v, %v", r, err)
	}
	for want, bad := range map[string]Replay{
		"want a Trainer":      {},
		"a replay would":      {Trainer: tr, Train: set, From: from, Step: 1000},
		"want one of at most": {Trainer: trainer(), Train: set, From: from, Step: from.Step - 1},
		"whose last one is":   {Trainer: trainer(), Train: set, From: from, Step: 100000},
		"got -1, want a":      {Trainer: trainer(), Train: set, From: from, Step: 1000, After: -1},
	} {
		if _, err := bad.Run(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// records are steps of two layers with these values of one quantity; the other quantities are the same in all steps.
func records(set func(r *profile.Record, step int)) profile.Profile {
	p := profile.Profile{
		Layers: []profile.Layer{{Path: "a", Depth: 1}, {Path: "b", Depth: 2}},
		Params: []profile.Param{{Name: "a/weight", Layer: "a", Role: "weight"}, {Name: "b/weight", Layer: "b", Role: "weight"}},
	}
	for step := range 40 {
		wave := profile.Number(1 + 0.1*float64(step%3))
		r := profile.Record{
			Step: step, Loss: wave, LearningRate: 0.1, Layers: []profile.LayerRecord{{DeltaRMS: wave}, {DeltaRMS: wave}},
			Details: &profile.Details{
				Layers:  []profile.LayerDetail{{PreStd: wave}, {PreStd: wave}},
				Updates: []profile.Update{{Ratio: wave}, {Ratio: wave}},
			},
		}
		set(&r, step)
		p.Records = append(p.Records, r)
	}
	return p
}

// What is unusual first began it; within a step the rate comes before signals, these before gradients, and these before updates.
func TestBeginning(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(r *profile.Record, step int)
		want origin
	}{
		{"signal of the second layer", func(r *profile.Record, step int) {
			if step >= 30 {
				r.Details.Layers[1].PreStd, r.Loss, r.Layers[0].DeltaRMS = 30, 30, 30
			}
		}, origin{30, Activation, 1, 0}},
		{"gradients from the output", func(r *profile.Record, step int) {
			if step >= 30 {
				r.Layers[0].DeltaRMS, r.Layers[1].DeltaRMS = 50, 40
			}
		}, origin{30, Gradient, 1, 0}},
		{"updates before all else", func(r *profile.Record, step int) {
			if step >= 28 {
				r.Details.Updates[0].Ratio, r.Details.Updates[1].Ratio = 20, 40
			}
			if step >= 29 {
				r.Details.Layers[0].PreStd, r.Loss = 30, 30
			}
		}, origin{28, Update, 1, 0}},
		{"the rate", func(r *profile.Record, step int) {
			if step >= 29 {
				r.LearningRate, r.Details.Updates[0].Ratio = 3, 30
			}
			if step >= 30 {
				r.Loss = 50
			}
		}, origin{29, Rate, -1, 0}},
		{"an earlier oddity apart", func(r *profile.Record, step int) {
			if step == 20 || step >= 29 {
				r.Layers[0].DeltaRMS = 30
			}
		}, origin{29, Gradient, 0, 0}},
		{"the loss alone", func(r *profile.Record, step int) {
			if step >= 30 {
				r.Loss = 30
			}
		}, origin{30, Loss, -1, 0}},
	} {
		o, found := find(records(c.set), 31)
		if o.times = 0; !found || o != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, o, found, c.want)
		}
	}
	if o, found := find(records(func(*profile.Record, int) {}), 31); found {
		t.Errorf("of usual steps: %+v", o)
	}
}
