package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// A columnMap computes a matrix from matrices x and y and from vectors with an element for each column.
type columnMap int

const (
	mapNormalize         columnMap = iota // of mean, rstd, gain, shift
	mapNormalizeBackward                  // of mean, rstd, gain, dgain, dshift
)

// vectors are the vectors that a map reads, in the order given at its constant.
type vectors[T Float] [5][]T

// coefficients gives c for column j of n rows, with which both maps are (x - c0)·c1 + c2 + y·c3; forward there is no y.
func (v *vectors[T]) coefficients(m columnMap, j int, n float64) (c [4]T) {
	mean, rstd, gain := v[0][j], v[1][j], v[2][j]
	if m == mapNormalize {
		return [4]T{mean, rstd * gain, v[3][j]}
	}
	a := float64(rstd) * float64(gain)
	return [4]T{mean, T(-a * float64(rstd) * float64(v[3][j]) / n), T(-a * float64(v[4][j]) / n), T(a)}
}

// mapDown computes dst = map(x, y, v).
func mapDown[T Float](flushed *Flushed, m columnMap, dst, x, y []T, v vectors[T]) {
	cols := len(v[0])
	if cols == 0 {
		return
	}
	rows := len(x) / cols
	dst, x, y = dst[:rows*cols], x[:rows*cols], y[:rows*cols]
	for i, vector := range v {
		if vector != nil {
			v[i] = vector[:cols]
		}
	}
	panel := panelOf[T]()
	if len(x) < parallelColumns || cols <= panel || pool.Workers() == 1 {
		mapPanels(flushed, m, dst, x, y, v, rows, cols, 0, cols)
		return
	}
	job := columnJobs.get()
	*job = columnJob{flushed: flushed, maps: true, mapping: m, double: !is32[T](), rows: rows, cols: cols, panel: panel,
		dst: unsafe.Pointer(first(dst)), x: unsafe.Pointer(first(x)), y: unsafe.Pointer(first(y))}
	for i := range v {
		job.vectors[i] = unsafe.Pointer(first(v[i]))
	}
	pool.Run((cols+panel-1)/panel, job)
	*job = columnJob{}
	columnJobs.put(job)
}
