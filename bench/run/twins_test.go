package main

import (
	"math"
	"testing"
	"time"
)

// An everyTenth is a network whose steps take 1 ms, and 4 ms more every tenth step.
type everyTenth struct {
	clock *time.Duration
	extra time.Duration
	steps int
}

func (e *everyTenth) Step() (float64, error) {
	if *e.clock += time.Millisecond; e.steps%10 == 0 {
		*e.clock += e.extra
	}
	e.steps++
	return 1, nil
}

// Nine steps of 1 ms and one of 5 ms take 1.4 times as long as ten of 1 ms, whatever the turns. Processor time here runs twice as fast as
// the clock, which does not change the ratio.
func TestTwinsAreComparedOverAPeriod(t *testing.T) {
	for _, turn := range []int{1, turnSteps} {
		var clock time.Duration
		pair := twins{&everyTenth{clock: &clock, extra: 4 * time.Millisecond}, &everyTenth{clock: &clock}, func() usage { return usage{2 * clock, clock} }}
		processor, byClock, err := pair.race(defaultPeriod, turn)
		if err != nil || math.Abs(processor-1.4) > 1e-9 || math.Abs(byClock-1.4) > 1e-9 {
			t.Errorf("turns of %d: got %g and %g by the clock, want 1.4 (%v)", turn, processor, byClock, err)
		}
	}
}
