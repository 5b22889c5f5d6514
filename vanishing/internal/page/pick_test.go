package page

import (
	"math"
	"slices"
	"testing"
)

func TestPick(t *testing.T) {
	for _, test := range []struct {
		length, n, must int
		want            []int
	}{
		{0, 3, -1, nil},
		{5, 9, -1, []int{0, 1, 2, 3, 4}},
		{5, 9, 2, []int{0, 1, 2, 3, 4}},
		{101, 3, -1, []int{0, 50, 100}},
		{101, 3, 7, []int{0, 7, 50, 100}},
		{101, 1, -1, []int{100}},
		{101, 0, -1, []int{100}},
		{101, 1, 0, []int{0, 100}},
	} {
		if got := pick(test.length, test.n, test.must); !slices.Equal(got, test.want) {
			t.Errorf("pick(%d, %d, %d) = %v, want %v", test.length, test.n, test.must, got, test.want)
		}
	}
}

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
