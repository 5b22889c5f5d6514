// Package evenly chooses equally spaced indices.
package evenly

import (
	"math"
	"slices"
)

// Index is the i-th of n equally spaced indices below length: the first is 0 and the last length-1. If n is 1, it is the last.
func Index(i, n, length int) int {
	if n == 1 {
		return length - 1
	}
	return int(math.Round(float64(i) * float64(length-1) / float64(n-1)))
}

// Pick chooses n equally spaced indices below length: the last, and the first if n is 2 or more. It adds the index extra, unless
// it is negative.
func Pick(length, n, extra int) []int {
	n = min(max(n, 1), length)
	var list []int
	for i := range n {
		list = append(list, Index(i, n, length))
	}
	if extra >= 0 {
		list = append(list, extra)
		slices.Sort(list)
	}
	return slices.Compact(list)
}
