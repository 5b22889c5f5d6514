package train

import (
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
)

// ratesOf fits a line in 3 epochs of 3 batches and gives the rates of the steps, as a callback sees them.
func ratesOf(t *testing.T, s schedule.Schedule) []float64 {
	t.Helper()
	var rates []float64
	tr := linear()
	tr.Optimizer, tr.BatchSize, tr.Epochs, tr.Schedule = &optim.SGD{LearningRate: 0.01}, 2, 3, s
	tr.Callbacks = []Callback{&hooks{afterStep: func(r *Run) error { rates = append(rates, r.LearningRate); return nil }}}
	if _, err := tr.Fit(background, line(), nil); err != nil {
		t.Fatal(err)
	}
	return rates
}

func TestSchedule(t *testing.T) {
	got := ratesOf(t, schedule.Polynomial{})
	for step, rate := range got {
		if want := 0.01 * (1 - float64(step)/9); len(got) != 9 || math.Abs(rate-want) > 1e-15 {
			t.Fatalf("rates are %v, want %g in step %d", got, want, step)
		}
	}
	if got := ratesOf(t, nil); !slices.Equal(got, slices.Repeat([]float64{0.01}, 9)) {
		t.Errorf("rates are %v without a schedule", got)
	}
}

// A plateau sees the loss after each epoch. With a threshold that no loss passes, each epoch after the second is one too many.
func TestPlateauObservesEpochs(t *testing.T) {
	plateau := &schedule.Plateau{Patience: 1, Threshold: 1e9, Absolute: true, Factor: 0.5}
	if got := ratesOf(t, plateau); got[8] != 0.01 || plateau.State.Factor != 0.5 || !plateau.State.HasBest {
		t.Errorf("rates are %v and the state %+v, want a factor of 0.5 after the third epoch", got, plateau.State)
	}
}

func TestBadScheduleOfATrainer(t *testing.T) {
	tr := linear()
	tr.Schedule = schedule.Cosine{Min: 2}
	_, err := tr.Fit(background, line(), nil)
	wantError(t, err, "train: Trainer.Schedule: schedule: Cosine.Min: got 2")
	tr.Schedule = (*schedule.Plateau)(nil)
	_, err = tr.Fit(background, line(), nil)
	wantError(t, err, "Trainer.Schedule is a nil *schedule.Plateau")
}
