package kernel

import (
	"slices"
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// sumPiece is the number of elements in a partial sum. Sums are taken in float64. Partial sums are added in order, so a long
// sum does not depend on the number of cores.
const sumPiece = 8192

// Sum is Σ x.
func Sum[T Float](x []T) float64 {
	sum, _ := SumAndSquares(x)
	return sum
}

// SumSquares is Σ x².
func SumSquares[T Float](x []T) float64 {
	_, squares := sumPieces(x, false)
	return squares
}

// SumAndSquares is Σ x and Σ x², in one pass.
func SumAndSquares[T Float](x []T) (sum, squares float64) { return sumPieces(x, true) }

// sumOfPiece is Σ x, or 0 unless both sums are wanted, and Σ x² of a piece.
func sumOfPiece[T Float](x []T, both bool) (sum, squares float64) {
	if both {
		return totalsOf(x)
	}
	return 0, squaresOf(x)
}

// sumPieces adds the pieces' sums, which are computed on several cores if there are enough of them.
func sumPieces[T Float](x []T, both bool) (sum, squares float64) {
	if len(x) < 2*sumPiece || pool.Workers() == 1 {
		for ; len(x) > sumPiece; x = x[sumPiece:] {
			s, q := sumOfPiece(x[:sumPiece], both)
			sum, squares = sum+s, squares+q
		}
		s, q := sumOfPiece(x, both)
		return sum + s, squares + q
	}
	job := sumJob[T]{x: x, both: both}
	if is32[T]() {
		return shareSum(sumJobs32, (*sumJob[float32])(unsafe.Pointer(&job)))
	}
	return shareSum(sumJobs64, (*sumJob[float64])(unsafe.Pointer(&job)))
}

// A sumJob is a sum being computed on several cores.
type sumJob[T Float] struct {
	x     []T
	both  bool
	parts [][2]float64 // of the pieces
}

// Do computes a piece.
func (j *sumJob[T]) Do(i int) {
	j.parts[i][0], j.parts[i][1] = sumOfPiece(j.x[i*sumPiece:min((i+1)*sumPiece, len(j.x))], j.both)
}

var (
	sumJobs32 = newJobs[sumJob[float32]]()
	sumJobs64 = newJobs[sumJob[float64]]()
)

func shareSum[T Float](free jobs[sumJob[T]], s *sumJob[T]) (sum, squares float64) {
	job := free.get()
	n := (len(s.x) + sumPiece - 1) / sumPiece
	job.x, job.both, job.parts = s.x, s.both, slices.Grow(job.parts[:0], n)[:n]
	pool.Run(n, job)
	for _, part := range job.parts {
		sum, squares = sum+part[0], squares+part[1]
	}
	job.x = nil
	free.put(job)
	return sum, squares
}

// AbsStats is Σ |x|, the largest |x| and Σ x², in one pass. The largest |x| is NaN if there is a NaN, and 0 if x is empty.
func AbsStats[T Float](x []T) (sum, top, squares float64) {
	for len(x) > sumPiece {
		s, t, q := absStatsOf(x[:sumPiece])
		sum, top, squares = sum+s, max(top, t), squares+q
		x = x[sumPiece:]
	}
	s, t, q := absStatsOf(x)
	return sum + s, max(top, t), squares + q
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

// HasNaN reports whether there is a NaN.
func HasNaN[T Float](x []T) bool {
	for len(x) > sumPiece {
		if hasNaN(x[:sumPiece]) {
			return true
		}
		x = x[sumPiece:]
	}
	return hasNaN(x)
}
