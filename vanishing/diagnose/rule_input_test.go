package diagnose

import (
	"math"
	"slices"
	"testing"
)

// A sample of a list is evenly spaced and contains both ends.
func TestSpread(t *testing.T) {
	list := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := spread(list, 4); !slices.Equal(got, []int{0, 3, 6, 9}) {
		t.Errorf("got %v", got)
	}
	if got := spread(list, 10); !slices.Equal(got, list) {
		t.Errorf("got %v", got)
	}
}

// The typical value is the geometric mean of the known values, and 0 if one of them is 0.
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
		t.Errorf("of NaN: %g", got)
	}
}
