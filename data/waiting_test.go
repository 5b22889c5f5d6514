package data

import (
	"testing"
	"testing/synctest"
	"time"

	"gorgonia.org/tensor"
)

// A caller that works longer on a batch than a worker needs to prepare one waits for the first alone.
func TestWaiting(t *testing.T) {
	slow := hook(func(*Sample) { time.Sleep(time.Second) })
	for _, test := range []struct {
		workers, late int
		step, waited  time.Duration
	}{
		{0, 5, 10 * time.Second, 20 * time.Second}, // each batch is prepared when it is asked for
		{1, 1, 10 * time.Second, 4 * time.Second},
		{1, 5, time.Second, 16 * time.Second},    // too slow for its caller: 20 s of preparing, 4 of them during steps
		{4, 2, time.Second / 2, 6 * time.Second}, // the fifth batch begins when the first is done
	} {
		synctest.Test(t, func(t *testing.T) {
			var w Waiting
			l := Loader{Batches: Batches{Size: 4}, Augment: []Transform{slow}, Workers: test.workers, Waiting: &w}
			for _, err := range l.All(t.Context(), numbered(t, 20, 1, tensor.Float64), 0) {
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.step)
			}
			if want := (Waiting{Batches: 5, Late: test.late, Time: test.waited}); w != want {
				t.Errorf("%d workers, steps of %v: got %+v, want %+v", test.workers, test.step, w, want)
			}
		})
	}
}
