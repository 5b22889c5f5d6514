package blocked

import "github.com/gradflow/gradflow/internal/kernel"

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

// A buffer is memory that a core needs while it computes a piece.
type buffer[T kernel.Float] struct {
	memory []T
	padded *source // whose images were copied to the memory last, if the zeros around them lie at the same places for all
	images int     // so many of them
}

// resize gives n elements of any value.
func (b *buffer[T]) resize(n int) []T {
	b.padded = nil
	return b.grow(n)
}

// grow gives n elements, which are those of before if there were as many.
func (b *buffer[T]) grow(n int) []T {
	if cap(b.memory) < n {
		b.memory, b.padded = make([]T, n), nil
	}
	return b.memory[:n]
}

var (
	buffers32 = newJobs[buffer[float32]]()
	buffers64 = newJobs[buffer[float64]]()
)

// buffers is the free list of the buffers for a type.
func buffers[T kernel.Float]() jobs[buffer[T]] {
	if free, ok := any(buffers32).(jobs[buffer[T]]); ok {
		return free
	}
	return any(buffers64).(jobs[buffer[T]])
}
