package page

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/evenly"
)

// extremes chooses at most n indices of a curve that keep its outline: in each of n/3 parts those of the smallest value, the
// largest and the first that is not finite. A spike of a single step is not lost.
func extremes(values []float64, n int) []int {
	if len(values) <= n {
		return evenly.Pick(len(values), n, -1)
	}
	var list []int
	parts := n / 3
	for i := range parts {
		from, to := i*len(values)/parts, (i+1)*len(values)/parts
		list = append(list, outline(values, from, to)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func outline(values []float64, from, to int) []int {
	low, high, odd := -1, -1, -1
	for i := from; i < to; i++ {
		switch v := values[i]; {
		case math.IsNaN(v) || math.IsInf(v, 0):
			if odd < 0 {
				odd = i
			}
		case low < 0:
			low, high = i, i
		case v < values[low]:
			low = i
		case v > values[high]:
			high = i
		}
	}
	return slices.DeleteFunc([]int{low, high, odd}, func(i int) bool { return i < 0 })
}
