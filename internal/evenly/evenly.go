// Package evenly chooses some of many at equal distances.
package evenly

import (
	"math"
	"slices"
)

// Index is the i-th of n indices at equal distances below length: the first is 0 and the last length-1. If n is 1 it is the
// last.
func Index(i, n, length int) int {
	if n == 1 {
		return length - 1
	}
	return int(math.Round(float64(i) * float64(length-1) / float64(n-1)))
}

// Pick chooses n of the indices below length, evenly spread, the last among them, and the first if there are two. The index
// must comes on top, unless it is negative.
func Pick(length, n, must int) []int {
	n = min(max(n, 1), length)
	var list []int
	for i := range n {
		list = append(list, Index(i, n, length))
	}
	if must >= 0 {
		list = append(list, must)
		slices.Sort(list)
	}
	return slices.Compact(list)
}
