package vanishing

import (
	"math"
	"slices"
	"testing"
)

// Most is more than half, and of an even number half is not most.
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

// A sample of a list has its ends, at even distances.
func TestSpread(t *testing.T) {
	list := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := spread(list, 4); !slices.Equal(got, []int{0, 3, 6, 9}) {
		t.Errorf("got %v", got)
	}
	if got := spread(list, 10); !slices.Equal(got, list) {
		t.Errorf("got %v", got)
	}
}

// What is typical is the geometric mean of what is known, and nothing if one of it is nothing.
func TestTypical(t *testing.T) {
	values := []float64{1, math.NaN(), 100, 0}
	of := func(l int) float64 { return values[l] }
	for _, c := range []struct {
		layers []int
		want   float64
	}{{[]int{0, 1, 2}, 10}, {[]int{0, 2, 3}, 0}} {
		if got := typical(c.layers, of); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("of layers %v: %g, want %g", c.layers, got, c.want)
		}
	}
	if got := typical([]int{1}, of); !math.IsNaN(got) {
		t.Errorf("of what is not known: %g", got)
	}
}

// Of 400 resamples ten are below the interval and ten above.
func TestIntervalLeavesOutTheEnds(t *testing.T) {
	var b bootstrap
	for i := range 400 {
		b.slopes = append(b.slopes, float64(i))
	}
	if low, high := b.interval(); low != 10 || high != 389 {
		t.Errorf("from %g to %g, want from 10 to 389", low, high)
	}
}
