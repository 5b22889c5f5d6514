package train

import (
	"testing"
	"time"
)

// Epochs of ten steps of a second each, and a second of validation: five of them fit into a minute.
func TestTimeLimitPlansEpochs(t *testing.T) {
	clock := time.Unix(0, 0)
	limit := &TimeLimit{Limit: time.Minute, now: func() time.Time { return clock }}
	r := &Run{Epochs: 100, Steps: 1000}
	if err := limit.Begin(r); err != nil {
		t.Fatal(err)
	}
	for ; r.Epoch < r.Epochs; r.Epoch++ {
		for range 10 {
			clock = clock.Add(time.Second)
			if err := limit.AfterStep(r); err != nil {
				t.Fatal(err)
			}
			if r.Epoch == 0 && r.Epochs != 6 { // nothing is known of validation yet
				t.Errorf("step %d: %d epochs are planned, want 6", r.Step, r.Epochs)
			}
			r.Step++
		}
		clock = clock.Add(time.Second)
		if err := limit.AfterEpoch(r); err != nil {
			t.Fatal(err)
		}
	}
	if r.Epoch != 5 || r.Steps != 50 || r.Step != 50 {
		t.Errorf("the run had %d epochs and %d steps of %d, want 5 and 50", r.Epoch, r.Step, r.Steps)
	}
}

// One epoch is always finished, and no more than planned.
func TestTimeLimitKeepsToBounds(t *testing.T) {
	for limit, want := range map[time.Duration]int{time.Millisecond: 1, time.Hour: 3} {
		clock := time.Unix(0, 0)
		l := &TimeLimit{Limit: limit, now: func() time.Time { return clock }}
		r := &Run{Epochs: 3, Steps: 3}
		if err := l.Begin(r); err != nil {
			t.Fatal(err)
		}
		for ; r.Epoch < r.Epochs; r.Epoch++ {
			clock = clock.Add(time.Second)
			if err := l.AfterEpoch(r); err != nil {
				t.Fatal(err)
			}
		}
		if r.Epoch != want {
			t.Errorf("limit %v: %d epochs, want %d", limit, r.Epoch, want)
		}
	}
	if err := (&TimeLimit{}).Begin(&Run{Epochs: 1}); err == nil {
		t.Error("no error without a limit")
	}
}
