package main

import (
	"math"
	"slices"
)

// median of some numbers; NaN of none.
func median(x []float64) float64 { return quantile(x, 0.5) }

// quantile is the number below which a share of the others lie.
func quantile(x []float64, share float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	at := share * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// times are the milliseconds of a step, by round.
func (r *rival) times() []float64 {
	var list []float64
	if r != nil {
		for _, s := range r.samples {
			list = append(list, s.step)
		}
	}
	return list
}

// A ratio is a median of ratios taken round by round, with its quartiles.
type ratio struct{ middle, low, high float64 }

// over compares two rivals, round by round. Those that did not run in every round are compared by their medians.
func over(a, b *rival) ratio {
	x, y := a.times(), b.times()
	if len(x) != len(y) {
		m := median(x) / median(y)
		return ratio{m, m, m}
	}
	for i := range x {
		x[i] /= y[i]
	}
	return ratio{median(x), quantile(x, 0.25), quantile(x, 0.75)}
}
