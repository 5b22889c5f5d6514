// Package evenly chooses some of many at equal distances.
package evenly

import "math"

// Index is the i-th of n indices at equal distances below length: the first is 0 and the last length-1. If n is 1 it is the
// last.
func Index(i, n, length int) int {
	if n == 1 {
		return length - 1
	}
	return int(math.Round(float64(i) * float64(length-1) / float64(n-1)))
}
