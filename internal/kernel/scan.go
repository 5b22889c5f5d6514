package kernel

import (
	"math"
	"slices"
)

// A scan is the statistics that a vector kernel computes of a piece in one pass.
type scan int

const (
	scanTotal    scan = iota // Σ x and Σ x²
	scanSquares              // Σ x²
	scanAbsStats             // Σ |x|, the largest |x| and Σ x²
	scanZeros                // the number of zeros
	scanNans                 // the number of NaN
)

// The functions of this file scan the whole blocks of a piece with a vector kernel, where there is one, and the tail in
// plain Go.

// totalsOf is Σ x and Σ x².
func totalsOf[T Float](x []T) (sum, squares float64) {
	var out [2]lanes
	tail := x[scanBlocks(scanTotal, &out[0], x):]
	sum, squares = portableTotals(tail)
	return out[0].add(block[T]()) + sum, out[1].add(block[T]()) + squares
}

// squaresOf is Σ x².
func squaresOf[T Float](x []T) float64 {
	var out lanes
	tail := x[scanBlocks(scanSquares, &out, x):]
	_, squares := portableTotals(tail)
	return out.add(block[T]()) + squares
}

// absStatsOf is Σ |x|, the largest |x| and Σ x².
func absStatsOf[T Float](x []T) (sum, top, squares float64) {
	var out [3]lanes
	tail := x[scanBlocks(scanAbsStats, &out[0], x):]
	blocks := out[0].add(block[T]())
	sum, top, squares = portableAbsStats(tail)
	return blocks + sum, max(out[1].max(block[T](), blocks), top), out[2].add(block[T]()) + squares
}

// zerosOf is the number of zeros.
func zerosOf[T Float](x []T) int {
	var out lanes
	tail := x[scanBlocks(scanZeros, &out, x):]
	return int(out.add(block[T]())) + portableZeros(tail)
}

// hasNaN reports whether there is a NaN.
func hasNaN[T Float](x []T) bool {
	var out lanes
	tail := x[scanBlocks(scanNans, &out, x):]
	return out.add(block[T]()) > 0 || slices.ContainsFunc(tail, func(v T) bool { return v != v })
}

// lanes are the partial results of a vector kernel.
type lanes [16]float64

// add adds the first n lanes in order.
func (l *lanes) add(n int) float64 {
	var sum float64
	for _, v := range l[:n] {
		sum += v
	}
	return sum
}

// max is the largest of the first n lanes, which are maxima of absolute values and ignore NaN. It is NaN if the sum of the
// absolute values is NaN.
func (l *lanes) max(n int, sum float64) float64 {
	if math.IsNaN(sum) {
		return sum
	}
	return slices.Max(l[:n])
}
