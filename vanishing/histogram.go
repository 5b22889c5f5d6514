package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
)

// A Histogram counts numbers by sign and size, on a logarithmic scale: bucket i holds those with
// 2^(Low+i) <= |x| < 2^(Low+i+1). Outer buckets that are empty are left out, so that Low depends on the numbers.
type Histogram struct {
	Low      int   `json:"low"`      // exponent of the first bucket
	Negative []int `json:"negative"` // counts of the numbers below zero, by size
	Positive []int `json:"positive"` // counts of those above, by size; as many buckets as Negative
	Zero     int   `json:"zero"`     // numbers that are exactly zero
	NaN      int   `json:"nan"`
	Inf      int   `json:"inf"` // infinities of both signs
}

// histogramOf counts the numbers of a value.
func histogramOf(v gorgonia.Value) *Histogram {
	single, double := elements(v)
	if single != nil {
		return newHistogram(single)
	}
	return newHistogram(double)
}

// Exponents of float64, those of its subnormal numbers among them.
const (
	lowestExponent  = -1074
	highestExponent = 1023
)

func newHistogram[T float](x []T) *Histogram {
	h := &Histogram{}
	var counts [2][highestExponent - lowestExponent + 1]int
	for _, v := range x {
		switch d := float64(v); {
		case d == 0:
			h.Zero++
		case math.IsNaN(d):
			h.NaN++
		case math.IsInf(d, 0):
			h.Inf++
		case d < 0:
			counts[0][math.Ilogb(d)-lowestExponent]++
		default:
			counts[1][math.Ilogb(d)-lowestExponent]++
		}
	}
	low, high := 0, len(counts[0])
	for low < high && counts[0][low]+counts[1][low] == 0 {
		low++
	}
	for high > low && counts[0][high-1]+counts[1][high-1] == 0 {
		high--
	}
	if low < high {
		h.Low = low + lowestExponent
		h.Negative = slices.Clone(counts[0][low:high])
		h.Positive = slices.Clone(counts[1][low:high])
	}
	return h
}
