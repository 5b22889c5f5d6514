// Package stat has the arithmetic that recording, diagnosis and reports of gradients share.
package stat

import (
	"math"
	"slices"
)

// Log10 is math.Log10 for subnormal numbers too, where that is off by up to 15 on amd64 (Go 1.26).
func Log10(v float64) float64 { return math.Log2(v) * (math.Ln2 / math.Ln10) }

// Finite tells whether a number is neither NaN nor infinite.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// GeometricMedian is the median; of an even number of values the geometric mean of the two in the middle. It sorts the
// values.
func GeometricMedian(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return math.Sqrt(values[middle-1]) * math.Sqrt(values[middle])
}
