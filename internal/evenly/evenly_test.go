package evenly_test

import (
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/evenly"
)

func TestSpreadReachesBothEnds(t *testing.T) {
	for _, c := range []struct{ k, n int }{{1, 1}, {2, 2}, {2, 100}, {7, 100}, {100, 100}} {
		last := -1
		for i := range c.k {
			at := evenly.Index(i, c.k, c.n)
			if at <= last || at >= c.n {
				t.Errorf("%d of %d: index %d after %d", c.k, c.n, at, last)
			}
			last = at
		}
		if evenly.Index(0, c.k, c.n) != 0 || last != c.n-1 {
			t.Errorf("%d of %d: from %d to %d", c.k, c.n, evenly.Index(0, c.k, c.n), last)
		}
	}
}

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
		if got := evenly.Pick(test.length, test.n, test.must); !slices.Equal(got, test.want) {
			t.Errorf("Pick(%d, %d, %d) = %v, want %v", test.length, test.n, test.must, got, test.want)
		}
	}
}
