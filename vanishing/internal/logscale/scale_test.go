package logscale

import (
	"math"
	"reflect"
	"testing"
)

func TestScaleHoldsAllValues(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Scale
	}{
		{[]float64{2e-22, 3e-2}, Scale{-22, -1}},
		{[]float64{1e-20, 1}, Scale{-20, 0}},
		{[]float64{2e-3, 3e-3}, Scale{-6, 0}}, // at least six decades, around the values
		{[]float64{1}, Scale{-3, 3}},
		{nil, Scale{-3, 3}},
		{[]float64{0, math.NaN(), math.Inf(1), 1e-8, 1}, Scale{-8, 0}},
		{[]float64{5e-324, 1e308}, Scale{-324, 308}},
	} {
		if got := Of(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
	if got := Of([]float64{1e-9}, []float64{1e5}); got != (Scale{-9, 5}) {
		t.Errorf("of two lists: got %v, want {-9 5}", got)
	}
}

func TestFractionOfAScale(t *testing.T) {
	s := Scale{-20, 0}
	for v, want := range map[float64]float64{1e-20: 0, 1e-15: 0.25, 1: 1} {
		if got := s.Fraction(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("fraction(%g) = %g, want %g", v, got, want)
		}
	}
}

func TestTicksAreFewAndRound(t *testing.T) {
	for _, c := range []struct {
		s    Scale
		want []int
	}{
		{Scale{-6, 0}, []int{-6, -5, -4, -3, -2, -1, 0}},
		{Scale{-22, -1}, []int{-21, -18, -15, -12, -9, -6, -3}},
		{Scale{-30, 10}, []int{-30, -25, -20, -15, -10, -5, 0, 5, 10}},
		{Scale{-47, 19}, []int{-40, -30, -20, -10, 0, 10}},
		{Scale{-324, 308}, []int{-300, -200, -100, 0, 100, 200, 300}},
	} {
		if got := c.s.Ticks(9); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.s, got, c.want)
		}
	}
}
