package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// mapPiece is the number of elements in a part of work for one core. A function in plain Go takes some 10 ns for each.
const mapPiece = 1024

// Map is dst = f(a, b) for a function f that computes each element from the elements at the same index, such as a loop in Go.
// It calls f on parts of the slices, on several cores. All have one length, and dst may be a or b.
func Map[T Float](f func(dst, a, b []T), dst, a, b []T) {
	if len(dst) < 2*mapPiece || pool.Workers() == 1 {
		f(dst, a, b)
		return
	}
	m := mapJob[T]{f, dst, a, b}
	if is32[T]() {
		shareMap(mapJobs32, (*mapJob[float32])(unsafe.Pointer(&m)))
		return
	}
	shareMap(mapJobs64, (*mapJob[float64])(unsafe.Pointer(&m)))
}

// A mapJob is a function being computed on several cores.
type mapJob[T Float] struct {
	f         func(dst, a, b []T)
	dst, a, b []T
}

// Do computes a piece.
func (m *mapJob[T]) Do(i int) {
	from, to := i*mapPiece, min((i+1)*mapPiece, len(m.dst))
	m.f(m.dst[from:to], m.a[from:to], m.b[from:to])
}

var (
	mapJobs32 = newJobs[mapJob[float32]]()
	mapJobs64 = newJobs[mapJob[float64]]()
)

func shareMap[T Float](free jobs[mapJob[T]], m *mapJob[T]) {
	job := free.get()
	*job = *m
	pool.Run((len(m.dst)+mapPiece-1)/mapPiece, job)
	*job = mapJob[T]{}
	free.put(job)
}
