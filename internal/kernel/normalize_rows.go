package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// Normalisation over the features: x and dy are matrices of len(mean) rows and len(gain) columns. Each row is computed by one core.

// RowMeans is the mean of each row.
func RowMeans[T Float](flushed *Flushed, mean, x []T) {
	cols := len(x) / max(len(mean), 1)
	rowwise(rowWork[T]{kind: rowMeans, flushed: flushed, dst: mean, x: x, rows: len(mean), cols: cols, factor: 1 / float64(cols)})
}

// RowRStd is 1/sqrt(variance + eps) of each row, with the variance divided by the number of columns.
func RowRStd[T Float](flushed *Flushed, rstd, x, mean []T, eps float64) {
	cols := len(x) / max(len(mean), 1)
	rowwise(rowWork[T]{kind: rowRStd, flushed: flushed, dst: rstd, x: x, mean: mean, rows: len(mean), cols: cols, factor: 1 / float64(cols), eps: eps})
}

// NormalizeRows is (x - mean)·rstd·gain + shift. y may be x.
func NormalizeRows[T Float](flushed *Flushed, y, x, mean, rstd, gain, shift []T) {
	rowwise(rowWork[T]{kind: rowNormalize, flushed: flushed, dst: y, x: x, mean: mean, rstd: rstd, gain: gain, other: shift, rows: len(mean), cols: len(gain)})
}

// NormalizeRowsBackward is rstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dy·gain, row by row. dx may be x or dy.
func NormalizeRowsBackward[T Float](flushed *Flushed, dx, x, mean, rstd, gain, dy []T) {
	rowwise(rowWork[T]{kind: rowNormalizeBackward, flushed: flushed, dst: dx, x: x, mean: mean, rstd: rstd, gain: gain, other: dy,
		rows: len(mean), cols: len(gain), factor: 1 / float64(len(gain)), centre: 1 / float64(len(gain))})
}

// ScaleRowsBackward is rstd·(g - xhat·mean(g·xhat)) with g = dy·gain and xhat = x·rstd, row by row: the gradient of a normalisation without a
// mean. The vector zeros has an element for each row. dx may be x or dy.
func ScaleRowsBackward[T Float](flushed *Flushed, dx, x, zeros, rstd, gain, dy []T) {
	rowwise(rowWork[T]{kind: rowNormalizeBackward, flushed: flushed, dst: dx, x: x, mean: zeros, rstd: rstd, gain: gain, other: dy,
		rows: len(rstd), cols: len(gain), factor: 1 / float64(len(gain))})
}

// RowDGain is Σ_i dy_ij·xhat_ij of each column j, with xhat = (x - mean)·rstd.
func RowDGain[T Float](flushed *Flushed, dgain, x, mean, rstd, dy []T) {
	rowwise(rowWork[T]{kind: rowGain, flushed: flushed, dst: dgain, x: x, mean: mean, rstd: rstd, other: dy, rows: len(mean), cols: len(dgain)})
}

// A rowKind is what is computed of the rows of a matrix.
type rowKind int

const (
	rowMeans rowKind = iota
	rowRStd
	rowNormalize
	rowNormalizeBackward
	rowGain // of columns
)

// A rowWork is a computation on the rows of x. Which fields it reads depends on its kind.
type rowWork[T Float] struct {
	kind             rowKind
	flushed          *Flushed
	dst, x, other    []T // other is the shift of columns, or dy
	mean, rstd, gain []T
	rows, cols       int
	factor, eps      float64
	centre           float64 // the factor of Σ g, which is 0 without a mean
}

// rowPiece is the number of elements in a part of work for one core.
const rowPiece = 8192

// pieces is the number of parts: of rows, or of columns for sums down columns.
func (w *rowWork[T]) pieces() int {
	if w.kind == rowGain {
		return (w.cols + panelOf[T]() - 1) / panelOf[T]()
	}
	size := w.pieceRows()
	return (w.rows + size - 1) / size
}

func (w *rowWork[T]) pieceRows() int { return max(1, rowPiece/max(w.cols, 1)) }

// Do computes a part.
func (w *rowWork[T]) Do(i int) {
	if w.kind == rowGain {
		w.gains(i*panelOf[T](), min((i+1)*panelOf[T](), w.cols))
		return
	}
	size := w.pieceRows()
	w.compute(i*size, min((i+1)*size, w.rows))
}

// check panics unless all slices have the lengths that the kernels rely on.
func (w *rowWork[T]) check() {
	_ = w.x[:w.rows*w.cols]
	switch w.kind {
	case rowMeans:
		_ = w.dst[:w.rows]
	case rowRStd:
		_, _ = w.dst[:w.rows], w.mean[:w.rows]
	case rowNormalize:
		_, _, _, _, _ = w.dst[:w.rows*w.cols], w.mean[:w.rows], w.rstd[:w.rows], w.gain[:w.cols], w.other[:w.cols]
	case rowNormalizeBackward:
		_, _, _, _, _ = w.dst[:w.rows*w.cols], w.mean[:w.rows], w.rstd[:w.rows], w.gain[:w.cols], w.other[:w.rows*w.cols]
	case rowGain:
		_, _, _, _ = w.dst[:w.cols], w.mean[:w.rows], w.rstd[:w.rows], w.other[:w.rows*w.cols]
	}
}

var (
	rowJobs32 = newJobs[rowWork[float32]]()
	rowJobs64 = newJobs[rowWork[float64]]()
)

// rowwise does the work, on several cores if it is worth it.
func rowwise[T Float](w rowWork[T]) {
	if w.rows == 0 || w.cols == 0 {
		return
	}
	w.check()
	n := w.pieces()
	if n == 1 || w.rows*w.cols < 2*rowPiece || pool.Workers() == 1 {
		for i := range n {
			w.Do(i)
		}
		return
	}
	if is32[T]() {
		shareRows(rowJobs32, (*rowWork[float32])(unsafe.Pointer(&w)), n)
		return
	}
	shareRows(rowJobs64, (*rowWork[float64])(unsafe.Pointer(&w)), n)
}

func shareRows[T Float](free jobs[rowWork[T]], w *rowWork[T], n int) {
	job := free.get()
	*job = *w
	pool.Run(n, job)
	*job = rowWork[T]{}
	free.put(job)
}
