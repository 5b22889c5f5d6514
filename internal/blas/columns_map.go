package blas

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// A columnMap computes a matrix from matrices x and y and from vectors v with an element for each column.
type columnMap int

const (
	mapNormalize         columnMap = iota // (x - v0)·v1 + v2
	mapNormalizeBackward                  // (x - v0)·v1 + v2 + y·v3
)

// mapDown computes dst = map(x, y, v).
func mapDown[T Float](m columnMap, dst, x, y []T, v [4][]T) {
	cols := len(v[0])
	if cols == 0 {
		return
	}
	rows := len(x) / cols
	panel := panelOf[T]()
	if len(x) < parallelColumns || cols <= panel || pool.Workers() == 1 {
		mapPanels(m, dst, x, y, v, rows, cols, 0, cols)
		return
	}
	job := columnJobs.get()
	*job = columnJob{maps: true, mapping: m, double: !is32[T](), rows: rows, cols: cols, panel: panel,
		dst: unsafe.Pointer(first(dst)), x: unsafe.Pointer(first(x)), y: unsafe.Pointer(first(y))}
	for i := range v {
		job.vectors[i] = unsafe.Pointer(first(v[i]))
	}
	pool.Run((cols+panel-1)/panel, job)
	*job = columnJob{}
	columnJobs.put(job)
}
