package evenly_test

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/evenly"
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
