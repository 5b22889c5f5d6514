package blas

import (
	"math"
	"slices"
)

// totalsOf is Σ x and Σ x².
func totalsOf[T Float](x []T) (sum, squares float64) {
	if !useAVX2 {
		return portableTotals(x)
	}
	size := block[T]()
	whole := len(x) &^ (size - 1)
	var out [2]lanes
	if whole > 0 {
		if is32[T]() {
			note(total32(&out[0][0], as32(first(x)), whole, ieeeMode)) // what is measured is not flushed
		} else {
			note(total64(&out[0][0], as64(first(x)), whole, ieeeMode)) // what is measured is not flushed
		}
	}
	sum, squares = out[0].add(size), out[1].add(size)
	s, q := portableTotals(x[whole:])
	return sum + s, squares + q
}

// squaresOf is Σ x².
func squaresOf[T Float](x []T) float64 {
	if !useAVX2 {
		_, squares := portableTotals(x)
		return squares
	}
	size := block[T]()
	whole := len(x) &^ (size - 1)
	var out lanes
	if whole > 0 {
		if is32[T]() {
			note(squares32(&out[0], as32(first(x)), whole, ieeeMode)) // what is measured is not flushed
		} else {
			note(squares64(&out[0], as64(first(x)), whole, ieeeMode)) // what is measured is not flushed
		}
	}
	_, rest := portableTotals(x[whole:])
	return out.add(size) + rest
}

// max is the largest of absolute values whose sum is known, of maxima by lane that know no NaN.
func (l *lanes) max(n int, sum float64) float64 {
	if math.IsNaN(sum) {
		return sum
	}
	return slices.Max(l[:n])
}
