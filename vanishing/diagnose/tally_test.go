package diagnose

import (
	"math"
	"testing"
)

// Mostly means more than half: exactly half is not enough.
func TestTally(t *testing.T) {
	for _, c := range []struct {
		t          tally
		mostly     bool
		confidence float64
	}{
		{tally{holds: 1, known: 2}, false, 0.25},
		{tally{holds: 2, known: 3}, true, 20.0 / 27}, // (2/3)³ + 3(2/3)²(1/3)
		{tally{holds: 3, known: 3}, true, 1},
		{tally{known: 3}, false, 0},
	} {
		if c.t.mostly() != c.mostly || math.Abs(c.t.confidence()-c.confidence) > 1e-12 {
			t.Errorf("%+v: mostly %v, confidence %g, want %v and %g", c.t, c.t.mostly(), c.t.confidence(), c.mostly, c.confidence)
		}
	}
}
