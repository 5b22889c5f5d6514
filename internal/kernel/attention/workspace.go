package attention

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A workspace is the memory of one core.
type workspace[T kernel.Float] struct {
	s, dp [blockQueries * blockKeys]T
	top   [blockQueries]T       // the largest logit of each row so far
	sum   [blockQueries]float64 // Σ exp(s - top) of each row so far
	// blockSum is that of the last block alone.
	blockSum [blockQueries]float64
}

var (
	spaces32 = pool.NewFree[workspace[float32]]()
	spaces64 = pool.NewFree[workspace[float64]]()
)

func getSpace[T kernel.Float]() *workspace[T] {
	if is32[T]() {
		return (*workspace[T])(unsafe.Pointer(spaces32.Get()))
	}
	return (*workspace[T])(unsafe.Pointer(spaces64.Get()))
}

func putSpace[T kernel.Float](w *workspace[T]) {
	if is32[T]() {
		spaces32.Put((*workspace[float32])(unsafe.Pointer(w)))
		return
	}
	spaces64.Put((*workspace[float64])(unsafe.Pointer(w)))
}

func is32[T kernel.Float]() bool {
	var zero T
	return unsafe.Sizeof(zero) == 4
}
