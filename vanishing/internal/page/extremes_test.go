package page

import (
	"math"
	"slices"
	"testing"
)

func TestExtremesKeepSpikesAndNaN(t *testing.T) {
	values := make([]float64, 100000)
	for i := range values {
		values[i] = 1 + 1e-9*float64(i)
	}
	values[12345], values[54321], values[77777] = 1e6, -1e6, math.NaN()
	got := extremes(values, 600)
	if len(got) > 600 || !slices.IsSorted(got) {
		t.Errorf("%d indices, sorted %t", len(got), slices.IsSorted(got))
	}
	for _, want := range []int{0, 12345, 54321, 77777, len(values) - 1} {
		if !slices.Contains(got, want) {
			t.Errorf("index %d is left out", want)
		}
	}
}
