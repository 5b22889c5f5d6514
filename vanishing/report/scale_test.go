package report

import (
	"math"
	"reflect"
	"testing"
)

func TestScaleHoldsAllValues(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   scale
	}{
		{[]float64{2e-22, 3e-2}, scale{-22, -1}},
		{[]float64{1e-20, 1}, scale{-20, 0}},
		{[]float64{2e-3, 3e-3}, scale{-6, 0}}, // at least six decades, around the values
		{[]float64{1}, scale{-3, 3}},
		{nil, scale{-3, 3}},
		{[]float64{0, math.NaN(), math.Inf(1), 1e-8, 1}, scale{-8, 0}},
		{[]float64{5e-324, 1e308}, scale{-324, 308}},
	} {
		if got := scaleOf(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
	if got := scaleOf([]float64{1e-9}, []float64{1e5}); got != (scale{-9, 5}) {
		t.Errorf("of two lists: got %v, want {-9 5}", got)
	}
}

func TestFractionOfAScale(t *testing.T) {
	s := scale{-20, 0}
	for v, want := range map[float64]float64{1e-20: 0, 1e-15: 0.25, 1: 1} {
		if got := s.fraction(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("fraction(%g) = %g, want %g", v, got, want)
		}
	}
}

func TestTicksAreFewAndRound(t *testing.T) {
	for _, c := range []struct {
		s    scale
		want []int
	}{
		{scale{-6, 0}, []int{-6, -5, -4, -3, -2, -1, 0}},
		{scale{-22, -1}, []int{-21, -18, -15, -12, -9, -6, -3}},
		{scale{-30, 10}, []int{-30, -25, -20, -15, -10, -5, 0, 5, 10}},
		{scale{-47, 19}, []int{-40, -30, -20, -10, 0, 10}},
		{scale{-324, 308}, []int{-300, -200, -100, 0, 100, 200, 300}},
	} {
		if got := c.s.ticks(9); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.s, got, c.want)
		}
	}
}

func TestSpreadReachesBothEnds(t *testing.T) {
	for _, c := range []struct{ k, n int }{{1, 1}, {2, 2}, {2, 100}, {7, 100}, {100, 100}} {
		last := -1
		for i := range c.k {
			at := spread(i, c.k, c.n)
			if at <= last || at >= c.n {
				t.Errorf("%d of %d: index %d after %d", c.k, c.n, at, last)
			}
			last = at
		}
		if spread(0, c.k, c.n) != 0 || last != c.n-1 {
			t.Errorf("%d of %d: from %d to %d", c.k, c.n, spread(0, c.k, c.n), last)
		}
	}
}
