package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// AddToRows adds row i of x to row labels[i] of dst, in order of i; rows have cols elements. Each core adds some columns of all rows.
func AddToRows[T Float](flushed *Flushed, dst, x []T, labels []int, cols int) {
	w := rowAdder[T]{flushed: flushed, dst: dst, x: x, labels: labels, cols: cols}
	n := (cols + adderPanel - 1) / adderPanel
	if n == 1 || len(x) < parallelColumns || pool.Workers() == 1 {
		for i := range n {
			w.Do(i)
		}
		return
	}
	if is32[T]() {
		shareAdder(adders32, (*rowAdder[float32])(unsafe.Pointer(&w)), n)
		return
	}
	shareAdder(adders64, (*rowAdder[float64])(unsafe.Pointer(&w)), n)
}

// adderPanel is the number of columns that one core adds.
const adderPanel = 128

// A rowAdder is [AddToRows] at work.
type rowAdder[T Float] struct {
	flushed *Flushed
	dst, x  []T
	labels  []int
	cols    int
}

// Do adds a panel of columns.
func (w *rowAdder[T]) Do(i int) {
	from, to := i*adderPanel, min((i+1)*adderPanel, w.cols)
	for row, label := range w.labels {
		sum := w.dst[label*w.cols+from : label*w.cols+to]
		compute(w.flushed, fnAdd, sum, sum, w.x[row*w.cols+from:row*w.cols+to], 0)
	}
}

var (
	adders32 = newJobs[rowAdder[float32]]()
	adders64 = newJobs[rowAdder[float64]]()
)

func shareAdder[T Float](free jobs[rowAdder[T]], w *rowAdder[T], n int) {
	job := free.get()
	*job = *w
	pool.Run(n, job)
	*job = rowAdder[T]{}
	free.put(job)
}
