package train

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/metric"
)

// scored is a callback before an EarlyStopping that sets the validation loss of each epoch, and notes the weights.
type scored struct {
	Base
	losses []float64
	seen   []weights
}

func (s *scored) AfterEpoch(r *Run) error {
	r.Val.Loss = s.losses[r.Epoch]
	s.seen = append(s.seen, copies(r.Params))
	return nil
}

func TestEarlyStopping(t *testing.T) {
	nan := math.NaN()
	for name, test := range map[string]struct {
		stop   EarlyStopping
		losses []float64
		epochs int // that are made
		best   int // epoch whose weights are left
	}{
		"patience":       {EarlyStopping{Patience: 2}, []float64{5, 3, 4, 4, 4, 1}, 5, 1},
		"default":        {EarlyStopping{}, []float64{5, 6, 6, 6, 6, 6, 6, 1}, 7, 0},
		"to the end":     {EarlyStopping{Patience: 2}, []float64{5, 3, 4, 2, 4}, 5, 3},
		"NaN":            {EarlyStopping{Patience: 1}, []float64{nan, 3, nan, nan, 1}, 4, 1},
		"least":          {EarlyStopping{Patience: 1, MinDelta: 1}, []float64{5, 4.5, 4.2, 1}, 3, 0},
		"higher":         {EarlyStopping{Patience: 1, Higher: true, Monitor: "val_loss"}, []float64{5, 6, 5, 5, 9}, 4, 1},
		"last":           {EarlyStopping{Patience: 1, KeepLast: true}, []float64{5, 6, 6, 1}, 3, 2},
		"averages":       {EarlyStopping{Patience: 1}, []float64{5, 3, 4, 4, 1}, 4, 1},
		"accuracy, left": {EarlyStopping{Monitor: "train_accuracy"}, []float64{1}, 1, 0},
	} {
		train, val := sets(t)
		before, stop := &scored{losses: test.losses}, test.stop
		tr := resumable()["plain"]
		tr.Epochs, tr.Callbacks = len(test.losses), []Callback{before, &stop}
		if name == "averages" {
			tr.AverageDecay = 0.5
		}
		h, err := tr.Fit(background, train, val)
		if err != nil || len(h.Epochs) != test.epochs {
			t.Errorf("%s: got %d epochs, %v, want %d", name, len(h.Epochs), err, test.epochs)
			continue
		}
		if got, want := fmt.Sprint(copies(tr.Params)), fmt.Sprint(before.seen[test.best]); got != want {
			t.Errorf("%s: the weights are not those after epoch %d", name, test.best)
		}
		if stopped := test.epochs < len(test.losses); stop.Stopped != stopped {
			t.Errorf("%s: stopped %v, want %v", name, stop.Stopped, stopped)
		}
	}
}

// The averages go back with the weights.
func TestEarlyStoppingRestoresAverages(t *testing.T) {
	train, val := sets(t)
	var at weights
	before := &scored{losses: []float64{3, 1, 2, 2}}
	tr := resumable()["average"]
	tr.Epochs, tr.Callbacks = 4, []Callback{before, &hooks{afterEpoch: func(r *Run) error {
		if r.Epoch == 1 {
			at = copies(r.Averaged)
		}
		return nil
	}}, &EarlyStopping{Patience: 1}}
	if _, err := tr.Fit(background, train, val); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(copies(tr.Averaged)) != fmt.Sprint(at) {
		t.Error("the averages are not those of the best epoch")
	}
}

// The weights that come back at the end have a checkpoint of their own, with the scores of their epoch. Those of the last epoch, which may have
// another score that is the best one, keep theirs.
func TestCheckpointsOfEarlyStopping(t *testing.T) {
	train, val := sets(t)
	for name, losses := range map[string][]float64{"stopped": {3, 1, 2, 2, 2}, "to the end": {3, 1, 2, 2}} {
		folder := &checkpoint.Folder{Path: t.TempDir(), Steps: 1000, Best: "train_loss", Keep: 1}
		before, tr := &scored{losses: losses}, resumable()["plain"]
		tr.Epochs, tr.Checkpoints, tr.Callbacks = len(losses), folder, []Callback{before, &EarlyStopping{Patience: 1}}
		h, err := tr.Fit(background, train, val)
		if err != nil {
			t.Fatal(err)
		}
		last := len(h.Epochs) - 1
		if h.Epochs[last].Train.Loss >= h.Epochs[last-1].Train.Loss || last == 1 {
			t.Fatalf("%s: the loss of training has to fall to the end: %+v", name, h.Epochs)
		}
		newest, _, err := checkpoint.Newest(folder.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !newest.Restored || float64(newest.Scores["train_loss"]) != h.Epochs[1].Train.Loss || fmt.Sprint(newest.Params) != fmt.Sprint(map[string]*tensor.Dense(before.seen[1])) {
			t.Errorf("%s: the newest is %+v, want the weights and scores of epoch 1", name, newest.Position)
		}
		e, err := checkpoint.Best(folder.Path, "train_loss", false)
		if err != nil {
			t.Fatal(err)
		}
		best, err := checkpoint.Read(e.Path)
		if err != nil {
			t.Fatal(err)
		}
		if best.Restored || best.Step != newest.Step || fmt.Sprint(best.Params) != fmt.Sprint(map[string]*tensor.Dense(before.seen[last])) {
			t.Errorf("%s: the best is %+v, want the weights of the last epoch", name, best.Position)
		}
	}
}

func TestEarlyStoppingMistakes(t *testing.T) {
	train, val := sets(t)
	for want, stop := range map[string]*EarlyStopping{
		`got "val_recall", want one of train_accuracy, train_loss, val_accuracy, val_loss`: {Monitor: "val_recall"},
		"got Patience -1 and MinDelta 0": {Patience: -1},
	} {
		tr := resumable()["plain"]
		tr.Callbacks = []Callback{stop}
		_, err := tr.Fit(background, train, val)
		wantError(t, err, want)
	}
}

// A run that is cut between the best epoch and the stop, and resumed, stops at the same epoch with the same weights. It does not go on
// after the stop.
func TestResumeEarlyStopping(t *testing.T) {
	train, val := sets(t)
	losses := []float64{5, 3, 4, 4, 4, 1, 1, 1}
	run := func(folder *checkpoint.Folder, cut int) (*Trainer, *EarlyStopping, History, error) {
		stop := &EarlyStopping{Patience: 2}
		tr := resumable()["average"]
		tr.Epochs, tr.Checkpoints, tr.Callbacks = len(losses), folder, []Callback{&scored{losses: losses}, stop, breaker{step: cut}}
		h, err := tr.Fit(background, train, val)
		return tr, stop, h, err
	}
	whole, stop, _, err := run(nil, -1)
	if err != nil || !stop.Stopped {
		t.Fatal(err)
	}
	for _, cut := range []int{9, 15, 18} {
		folder := &checkpoint.Folder{Path: t.TempDir(), Steps: 1}
		if _, _, _, err := run(folder, cut); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		for range 2 { // the second one is over at once
			tr, stop, h, err := run(folder, -1)
			if err != nil || len(h.Epochs) != 5 || stop.BestEpoch != 1 || !stop.Stopped {
				t.Errorf("cut at step %d: %d epochs, %+v, %v", cut, len(h.Epochs), stop, err)
			}
			sameBits(t, fmt.Sprintf("cut at step %d", cut), tr.Params, whole.Params)
			sameBits(t, fmt.Sprintf("cut at step %d: averages", cut), tr.Averaged, whole.Averaged)
		}
	}
}

// Scores that no epoch will have are refused before the first, there and in the folder of checkpoints.
func TestUnknownScoresBeforeTraining(t *testing.T) {
	for want, change := range map[string]func(*Trainer){
		`EarlyStopping.Monitor: got "val_los", want one of train_accuracy, train_loss, val_accuracy, val_loss, val_MAE`: func(tr *Trainer) {
			tr.Callbacks = append(tr.Callbacks, &EarlyStopping{Monitor: "val_los"})
		},
		`Trainer.Checkpoints.Best: got "MAE", want one of`: func(tr *Trainer) {
			tr.Checkpoints = &checkpoint.Folder{Path: t.TempDir(), Best: "MAE"}
		},
	} {
		tr, steps := linear(), 0
		tr.Metrics = []metric.Metric{metric.MAE{}}
		tr.Callbacks = []Callback{&hooks{afterStep: func(*Run) error { steps++; return nil }}}
		change(tr)
		_, err := tr.Fit(background, line(), line())
		wantError(t, err, want)
		if steps != 0 {
			t.Errorf("%s: got %d steps before it, want none", want, steps)
		}
	}
	tr := linear()
	tr.Metrics, tr.Callbacks = []metric.Metric{metric.MAE{}}, []Callback{&EarlyStopping{Monitor: "val_MAE"}}
	if _, err := tr.Fit(background, line(), line()); err != nil {
		t.Error(err)
	}
}
