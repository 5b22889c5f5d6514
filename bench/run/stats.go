package main

import (
	"fmt"
	"math"
	"slices"
)

// median is the median of numbers; NaN if there are none.
func median(x []float64) float64 { return quantile(x, 0.5) }

// quantile is the number below which a share of the numbers lies, by linear interpolation.
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

// ratioOfTimes compares two lists round by round.
func ratioOfTimes(x, y []float64) ratio {
	list := make([]float64, len(x))
	for i := range x {
		list[i] = x[i] / y[i]
	}
	return ratioOfList(list)
}

func ratioOfList(list []float64) ratio {
	return ratio{median(list), quantile(list, 0.25), quantile(list, 0.75)}
}

// A ratio is a median of ratios taken round by round, with its quartiles.
type ratio struct{ middle, low, high float64 }

func (r ratio) String() string { return fmt.Sprintf("%.2f (%.2f to %.2f)", r.middle, r.low, r.high) }

// over compares two rivals in the rounds in which both ran.
func over(a, b *rival) ratio {
	var x, y []float64
	for _, s := range a.samples {
		for _, other := range b.samples {
			if s.round == other.round {
				x, y = append(x, s.step), append(y, other.step)
			}
		}
	}
	return ratioOfTimes(x, y)
}
