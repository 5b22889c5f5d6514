package spike

import (
	"math"
	"slices"
)

// A jump is more than three times the largest of some fifty values before, and so far above their median that it is no chance among them: by
// six standard deviations of their logarithms, estimated from the median deviation. The last five values do not count, as a spike may take
// some steps to grow. With fewer than ten others nothing is judged.
const (
	times   = 3
	widths  = 6
	memory  = 50
	growing = 5
	few     = 10
)

// usual remembers the last values of a quantity.
type usual struct{ values []float64 }

// add remembers a value; one that is not finite is left out.
func (u *usual) add(v float64) {
	if math.IsNaN(v - v) {
		return
	}
	if len(u.values) == memory+growing {
		u.values = slices.Delete(u.values, 0, 1)
	}
	u.values = append(u.values, v)
}

// jumps reports whether a value is a jump. One that is not finite always is.
func (u *usual) jumps(v float64) bool {
	if math.IsNaN(v - v) {
		return true
	}
	n := len(u.values) - growing
	if n < few || !(v > times*slices.Max(u.values[:n])) {
		return false
	}
	center, away := median(u.values[:n]), make([]float64, n)
	for i, before := range u.values[:n] {
		away[i] = math.Abs(math.Log(before / center))
	}
	const normal = 1.4826 // standard deviation of a normal distribution over its median deviation
	return math.Log(v/center) > widths*normal*median(away)
}

// median is the median of the values; NaN if there are none.
func (u *usual) median() float64 { return median(u.values) }

// median is the middle one of some numbers; NaN if there are none.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
