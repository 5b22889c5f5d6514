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

// MaxAbs is the largest |x|; NaN if there is a NaN, and 0 of nothing.
func MaxAbs[T Float](x []T) float64 {
	top := 0.0
	for _, v := range x {
		top = max(top, math.Abs(float64(v)))
	}
	return top
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

// lanes are the partial sums of a vector kernel.
type lanes [16]float64

// add adds them in order.
func (l *lanes) add(n int) float64 {
	var sum float64
	for _, v := range l[:n] {
		sum += v
	}
	return sum
}
