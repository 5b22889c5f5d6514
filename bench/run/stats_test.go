package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	x := []float64{5, 1, 3, 2, 4}
	for share, want := range map[float64]float64{0: 1, 0.25: 2, 0.5: 3, 0.9: 4.6, 1: 5} {
		if got := quantile(x, share); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %g is %g, want %g", share, got, want)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("the median of nothing is a number")
	}
}

func TestRatioIsTakenRoundByRound(t *testing.T) {
	rival := func(times ...float64) *rival {
		r := &rival{}
		for i, v := range times {
			r.samples = append(r.samples, sample{round: i, step: v})
		}
		return r
	}
	// The machine is slow in the second round, for both.
	if got := over(rival(1, 10, 1), rival(2, 20, 2)); got != (ratio{0.5, 0.5, 0.5}) {
		t.Errorf("got %+v, want a half", got)
	}
	if got := over(rival(30), rival(2, 100, 100)); got.middle != 15 {
		t.Errorf("got %+v, want 15, from the only round both ran in", got)
	}
}
