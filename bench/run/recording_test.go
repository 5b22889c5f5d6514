package main

import "testing"

// A step in ten takes 30 where the others take 10, and the one behind it 12: 12.2 on average.
func TestTypicalTimeOfRecordedSteps(t *testing.T) {
	times := []float64{30, 12, 10, 10, 10, 10, 10, 500, 10, 10, 30, 12, 10}
	for period, want := range map[int]float64{1: 10, 10: 12.2, 100: 10.22} {
		s := &recordedStepper{period: period}
		if got := s.typical(times); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("period %d: %g, want %g", period, got, want)
		}
	}
}
