package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// The functions of this file work down the columns of row-major matrices. Sums are taken in float64.

// SumRows adds the rows of x: dst[j] = Σ_i x_ij, with len(dst) columns.
func SumRows[T Float](f *Flushed, dst, x []T) { sumDown(f, sumX, dst, x, x, dst, finish{factor: 1}) }

// A columnSum is the term that is summed down a column of the matrices x and y, given the columns' means.
type columnSum int

const (
	sumX         columnSum = iota // x
	sumSquares                    // (x - mean)²
	sumCentredXY                  // (x - mean)·y
)

// A finish maps a sum to factor·sum, or to 1/sqrt(factor·sum + eps) if rsqrt is set.
type finish struct {
	factor float64
	rsqrt  bool
	eps    float64
}

// parallelColumns is the smallest number of elements for which columns are split over the cores.
const parallelColumns = 1 << 14

// sumDown computes dst[j] = finish(Σ_i ...) for each column.
func sumDown[T Float](flushed *Flushed, kind columnSum, dst, x, y, mean []T, f finish) {
	cols := len(dst)
	if cols == 0 {
		return
	}
	rows := len(x) / cols
	x, y, mean = x[:rows*cols], y[:rows*cols], mean[:cols]
	panel := panelOf[T]()
	if len(x) < parallelColumns || cols <= panel || pool.Workers() == 1 {
		sumPanels(flushed, kind, dst, x, y, mean, rows, cols, 0, cols, f)
		return
	}
	job := columnJobs.get()
	*job = columnJob{flushed: flushed, kind: kind, double: !is32[T](), rows: rows, cols: cols, panel: panel, finish: f,
		dst: unsafe.Pointer(first(dst)), x: unsafe.Pointer(first(x)), y: unsafe.Pointer(first(y)), mean: unsafe.Pointer(first(mean))}
	pool.Run((cols+panel-1)/panel, job)
	*job = columnJob{}
	columnJobs.put(job)
}

// panelOf is the number of columns in a piece of work for one core.
func panelOf[T Float]() int { return 4 * block[T]() }

// A columnJob is a sum or a map down columns, computed on several cores.
type columnJob struct {
	flushed         *Flushed
	kind            columnSum
	maps            bool
	mapping         columnMap
	double          bool
	rows, cols      int
	panel           int
	finish          finish
	dst, x, y, mean unsafe.Pointer
	vectors         [5]unsafe.Pointer
}

var columnJobs = newJobs[columnJob]()

// Do computes a panel of columns.
func (j *columnJob) Do(i int) {
	if j.double {
		doColumns[float64](j, i)
		return
	}
	doColumns[float32](j, i)
}

func doColumns[T Float](j *columnJob, i int) {
	matrix := func(p unsafe.Pointer) []T { return unsafe.Slice((*T)(p), j.rows*j.cols) }
	from, to := i*j.panel, min((i+1)*j.panel, j.cols)
	if j.maps {
		var v vectors[T]
		for i, p := range j.vectors {
			if p != nil {
				v[i] = unsafe.Slice((*T)(p), j.cols)
			}
		}
		mapPanels(j.flushed, j.mapping, matrix(j.dst), matrix(j.x), matrix(j.y), v, j.rows, j.cols, from, to)
		return
	}
	vector := func(p unsafe.Pointer) []T { return unsafe.Slice((*T)(p), j.cols) }
	sumPanels(j.flushed, j.kind, vector(j.dst), matrix(j.x), matrix(j.y), vector(j.mean), j.rows, j.cols, from, to, j.finish)
}
