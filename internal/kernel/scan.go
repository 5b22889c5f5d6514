package kernel

import (
	"math"
	"slices"
)

// A scan is what a vector kernel reads from the elements of a piece, in one pass.
type scan int

const (
	scanTotal    scan = iota // Σ x and Σ x²
	scanSquares              // Σ x²
	scanAbsStats             // Σ |x|, the largest |x| and Σ x²
	scanZeros                // the number of zeros
	scanNans                 // the number of NaN
)

// The functions of this file scan the whole blocks of a piece with a vector kernel, where there is one, and the rest in
// plain Go.

// totalsOf is Σ x and Σ x².
func totalsOf[T Float](x []T) (sum, squares float64) {
	var out [2]lanes
	rest := x[scanBlocks(scanTotal, &out[0], x):]
	sum, squares = portableTotals(rest)
	return out[0].add(block[T]()) + sum, out[1].add(block[T]()) + squares
}

// squaresOf is Σ x².
func squaresOf[T Float](x []T) float64 {
	var out lanes
	rest := x[scanBlocks(scanSquares, &out, x):]
	_, squares := portableTotals(rest)
	return out.add(block[T]()) + squares
}

// absStatsOf is Σ |x|, the largest |x| and Σ x².
func absStatsOf[T Float](x []T) (sum, top, squares float64) {
	var out [3]lanes
	rest := x[scanBlocks(scanAbsStats, &out[0], x):]
	blocks := out[0].add(block[T]())
	sum, top, squares = portableAbsStats(rest)
	return blocks + sum, max(out[1].max(block[T](), blocks), top), out[2].add(block[T]()) + squares
}

// zerosOf is the number of zeros.
func zerosOf[T Float](x []T) int {
	var out lanes
	rest := x[scanBlocks(scanZeros, &out, x):]
	return int(out.add(block[T]())) + portableZeros(rest)
}

// hasNaN tells whether there is a NaN.
func hasNaN[T Float](x []T) bool {
	var out lanes
	rest := x[scanBlocks(scanNans, &out, x):]
	return out.add(block[T]()) > 0 || slices.ContainsFunc(rest, func(v T) bool { return v != v })
}

// lanes are the partial results of a vector kernel.
type lanes [16]float64

// add adds them in order.
func (l *lanes) add(n int) float64 {
	var sum float64
	for _, v := range l[:n] {
		sum += v
	}
	return sum
}

// max is the largest of absolute values whose sum is known, of maxima by lane that know no NaN.
func (l *lanes) max(n int, sum float64) float64 {
	if math.IsNaN(sum) {
		return sum
	}
	return slices.Max(l[:n])
}
