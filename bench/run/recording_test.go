package main

import (
	"math"
	"testing"
	"time"
)

// A mover advances a clock in each step, further in recorded steps.
type mover struct {
	clock   *time.Duration
	trigger *trigger
}

func (m mover) Step() (float64, error) {
	*m.clock += time.Millisecond
	if m.trigger != nil && m.trigger.on {
		*m.clock += 10 * time.Millisecond
	}
	return 1, nil
}

// A step takes 1 ms, and 10 ms more if it is recorded. Recording each step costs a factor of 11, one in ten a factor of 2, one
// in a hundred a factor of 1.1.
func TestCostOfRecording(t *testing.T) {
	for period, want := range map[int]float64{1: 11, 10: 2, 100: 1.1} {
		tr, clock := &trigger{}, time.Duration(0)
		sampled := &sampledStepper{Stepper: mover{&clock, tr}, trigger: tr, period: period}
		s := newRecordedStepper(sampled, mover{&clock, nil}, func() usage { return usage{clock, clock} })
		for _, steps := range []int{20, 70} {
			if _, cost, err := s.race(steps); err != nil || math.Abs(cost-want) > 1e-9 {
				t.Errorf("period %d, %d steps: cost %g, want %g (%v)", period, steps, cost, want, err)
			}
		}
	}
}
