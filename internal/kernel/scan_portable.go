package kernel

import "math"

func portableTotals[T Float](x []T) (sum, squares float64) {
	for _, v := range x {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	return sum, squares
}

func portableAbsStats[T Float](x []T) (sum, top, squares float64) {
	for _, v := range x {
		size := math.Abs(float64(v))
		sum += size
		top = max(top, size)
		squares += size * size
	}
	return sum, top, squares
}

func portableZeros[T Float](x []T) int {
	n := 0
	for _, v := range x {
		if v == 0 {
			n++
		}
	}
	return n
}
