package kernel

import (
	"slices"
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// A softmaxKind is what is computed of rows of logits.
type softmaxKind int

const (
	probabilities softmaxKind = iota
	slopes                    // of the loss
	losses                    // their sum
)

// A softmaxWork is a computation on rows of logits. Which fields it reads depends on its kind.
type softmaxWork[T Float] struct {
	kind    softmaxKind
	flushed *Flushed
	dst, z  []T
	labels  []int
	cols    int
	factor  float64
	parts   []float64 // losses of the pieces
}

// softmaxPiece is the number of elements in a part of work for one core, but it has at least one row.
const softmaxPiece = 4096

// pieceRows is the number of rows in a part.
func (w *softmaxWork[T]) pieceRows() int { return max(1, softmaxPiece/w.cols) }

// Do computes a part.
func (w *softmaxWork[T]) Do(i int) {
	from, to := i*w.pieceRows(), min((i+1)*w.pieceRows(), len(w.z)/w.cols)
	z := w.z[from*w.cols : to*w.cols]
	switch w.kind {
	case probabilities:
		w.probabilities(w.dst[from*w.cols:to*w.cols], z)
	case slopes:
		w.slopes(w.dst[from*w.cols:to*w.cols], z, w.labels[from:to])
	case losses:
		w.parts[i] = w.losses(z, w.labels[from:to])
	}
}

var (
	softmaxJobs32 = newJobs[softmaxWork[float32]]()
	softmaxJobs64 = newJobs[softmaxWork[float64]]()
)

// shareSoftmax does the work, on several cores if there are several parts, and adds the losses of the parts in order.
func shareSoftmax[T Float](w softmaxWork[T]) float64 {
	if len(w.z) == 0 {
		return 0
	}
	if is32[T]() {
		return runSoftmax(softmaxJobs32, (*softmaxWork[float32])(unsafe.Pointer(&w)))
	}
	return runSoftmax(softmaxJobs64, (*softmaxWork[float64])(unsafe.Pointer(&w)))
}

func runSoftmax[T Float](free jobs[softmaxWork[T]], w *softmaxWork[T]) (sum float64) {
	rows := len(w.z) / w.cols
	n := (rows + w.pieceRows() - 1) / w.pieceRows()
	job := free.get()
	parts := slices.Grow(job.parts[:0], n)[:n]
	clear(parts)
	*job = *w
	job.parts = parts
	pool.Run(n, job)
	for _, part := range parts {
		sum += part
	}
	*job = softmaxWork[T]{parts: parts}
	free.put(job)
	return sum
}
