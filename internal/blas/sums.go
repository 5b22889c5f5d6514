package blas

import "math"

// Sums are taken in float64, of pieces of so many elements each, which are then added in order: a long sum does not depend
// on how many cores worked on it.
const sumPiece = 8192

// Sum is Σ x.
func Sum[T Float](x []T) float64 {
	sum, _ := SumAndSquares(x)
	return sum
}

// SumSquares is Σ x².
func SumSquares[T Float](x []T) float64 {
	var total float64
	for len(x) > sumPiece {
		total += squaresOf(x[:sumPiece])
		x = x[sumPiece:]
	}
	return total + squaresOf(x)
}

// SumAndSquares is Σ x and Σ x², in one pass.
func SumAndSquares[T Float](x []T) (sum, squares float64) {
	for len(x) > sumPiece {
		s, q := totalsOf(x[:sumPiece])
		sum, squares = sum+s, squares+q
		x = x[sumPiece:]
	}
	s, q := totalsOf(x)
	return sum + s, squares + q
}

// AbsStats is Σ |x|, the largest |x|, which is NaN if there is a NaN and 0 of nothing, and Σ x², in one pass.
func AbsStats[T Float](x []T) (sum, top, squares float64) {
	for len(x) > sumPiece {
		s, t, q := absStatsOf(x[:sumPiece])
		sum, top, squares = sum+s, max(top, t), squares+q
		x = x[sumPiece:]
	}
	s, t, q := absStatsOf(x)
	return sum + s, max(top, t), squares + q
}

// MaxAbs is the largest |x|; NaN if there is a NaN, and 0 of nothing.
func MaxAbs[T Float](x []T) float64 {
	_, top, _ := AbsStats(x)
	return top
}

// CountZeros is the number of zeros, of either sign.
func CountZeros[T Float](x []T) int {
	n := 0
	for len(x) > sumPiece {
		n += zerosOf(x[:sumPiece])
		x = x[sumPiece:]
	}
	return n + zerosOf(x)
}

// HasNaN tells whether there is a NaN.
func HasNaN[T Float](x []T) bool {
	for len(x) > sumPiece {
		if hasNaN(x[:sumPiece]) {
			return true
		}
		x = x[sumPiece:]
	}
	return hasNaN(x)
}

// HasNonFinite tells whether there is a NaN or an infinity.
func HasNonFinite[T Float](x []T) bool {
	if sum := Sum(x); !math.IsNaN(sum) && !math.IsInf(sum, 0) {
		return false
	}
	for _, v := range x { // a sum of float64 numbers may overflow of itself
		if d := float64(v); math.IsNaN(d) || math.IsInf(d, 0) {
			return true
		}
	}
	return false
}

// SumColumns adds the columns of x: one sum for each of the len(dst) rows.
func SumColumns[T Float](dst, x []T) {
	if len(dst) == 0 {
		return
	}
	cols := len(x) / len(dst)
	for i := range dst {
		dst[i] = T(Sum(x[i*cols : (i+1)*cols]))
	}
}
