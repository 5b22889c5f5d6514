package diagnose

import "testing"

// Of 400 resamples ten are below the interval and ten above it.
func TestIntervalLeavesOutTheEnds(t *testing.T) {
	var b bootstrap
	for i := range 400 {
		b.slopes = append(b.slopes, float64(i))
	}
	if low, high := b.interval(); low != 10 || high != 389 {
		t.Errorf("from %g to %g, want from 10 to 389", low, high)
	}
}
