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

// A run that goes on has the time that was left, and the plan that it had.
func TestTimeLimitGoesOn(t *testing.T) {
	clock := time.Unix(0, 0)
	now := func() time.Time { return clock }
	first := &TimeLimit{Limit: time.Minute, now: now}
	r := &Run{Epochs: 100, Steps: 1000}
	if err := first.Begin(r); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(10 * time.Second)
	if err := first.AfterEpoch(r); err != nil {
		t.Fatal(err)
	}
	state, err := first.State()
	if err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Hour) // the run was stopped
	second, later := &TimeLimit{Limit: time.Minute, now: now}, &Run{Epochs: 100, Steps: 1000, Epoch: 1}
	if err := second.Begin(later); err != nil {
		t.Fatal(err)
	}
	if err := second.SetState(state); err != nil {
		t.Fatal(err)
	}
	if later.Epochs != 6 || later.Steps != 60 {
		t.Errorf("the plan is %d epochs and %d steps, want 6 and 60", later.Epochs, later.Steps)
	}
	clock = clock.Add(20 * time.Second)
	if err := second.AfterEpoch(later); err != nil {
		t.Fatal(err)
	}
	if later.Epochs != 4 { // two epochs took 30 seconds
		t.Errorf("%d epochs are planned, want 4", later.Epochs)
	}
}
