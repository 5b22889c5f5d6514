package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// piece is the number of elements in a part of work for one core. A function that takes no exponential is limited by memory
// and is split from four pieces on.
const piece = 4096

// apply computes dst = f(a, b), on several cores if it is worth it.
func apply[T Float](flushed *Flushed, f function, dst, a, b []T, argument T) {
	a, b = a[:len(dst)], b[:len(dst)]
	least := 4 * piece
	if f >= fnExp {
		least = 2 * piece
	}
	if len(dst) < least || pool.Workers() == 1 {
		compute(flushed, f, dst, a, b, argument)
		return
	}
	job := elementJobs.get()
	*job = elementJob{flushed: flushed, f: f, n: len(dst), double: !is32[T](), argument: float64(argument),
		dst: unsafe.Pointer(first(dst)), a: unsafe.Pointer(first(a)), b: unsafe.Pointer(first(b))}
	pool.Run((len(dst)+piece-1)/piece, job)
	*job = elementJob{}
	elementJobs.put(job)
}

// An elementJob is a function being computed on several cores.
type elementJob struct {
	flushed   *Flushed
	f         function
	dst, a, b unsafe.Pointer
	n         int
	double    bool
	argument  float64
}

// Do computes a piece.
func (j *elementJob) Do(i int) {
	if j.double {
		doElements[float64](j, i)
		return
	}
	doElements[float32](j, i)
}

func doElements[T Float](j *elementJob, i int) {
	part := func(p unsafe.Pointer) []T { return unsafe.Slice((*T)(p), j.n)[i*piece : min((i+1)*piece, j.n)] }
	compute(j.flushed, j.f, part(j.dst), part(j.a), part(j.b), T(j.argument))
}

// jobs is a free list of job descriptions, so that work on several cores does not allocate.
type jobs[J any] chan *J

func newJobs[J any]() jobs[J] { return make(chan *J, 16) }

func (f jobs[J]) get() *J {
	select {
	case j := <-f:
		return j
	default:
		return new(J)
	}
}

func (f jobs[J]) put(j *J) {
	select {
	case f <- j:
	default:
	}
}

var elementJobs = newJobs[elementJob]()
