package main

import (
	"math"
	"testing"
	"time"
)

// A napper sleeps in each step, longer in those that are recorded.
type napper struct{ trigger *trigger }

func (n napper) Step() (float64, error) {
	time.Sleep(time.Millisecond)
	if n.trigger != nil && n.trigger.on {
		time.Sleep(10 * time.Millisecond)
	}
	return 1, nil
}

// Ten more milliseconds once in ten steps of one are twice the time; once in a hundred a tenth more; in each eleven times.
// Sleeping is not exact.
func TestCostOfRecording(t *testing.T) {
	for period, want := range map[int]float64{1: 11, 10: 2, 100: 1.1} {
		tr := &trigger{}
		s := &recordedStepper{napper{tr}, napper{}, tr, period}
		if _, cost, err := s.race(30); err != nil || math.Abs(cost-want) > 0.25*want {
			t.Errorf("period %d: cost %g, want about %g (%v)", period, cost, want, err)
		}
	}
}
