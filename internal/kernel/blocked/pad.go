package blocked

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// Pad sets y, of shape to, to every stride-th pixel of x, of shape from, in both directions. Channels of y that x lacks are zeros.
func Pad[T kernel.Float](y, x []T, from, to Shape, stride int) { runPad(y, x, from, to, stride, false) }

// PadGradient sets dx, of shape from, to the gradient by the input of [Pad] from dy, of shape to.
func PadGradient[T kernel.Float](dx, dy []T, from, to Shape, stride int) {
	runPad(dy, dx, from, to, stride, true)
}

func runPad[T kernel.Float](y, x []T, from, to Shape, stride int, back bool) {
	checkAll(from, x)
	checkAll(to, y)
	j := padJobs[T]().get()
	*j = padJob[T]{y, x, from, to, stride, back}
	pool.Run(from.N, j)
	*j = padJob[T]{}
	padJobs[T]().put(j)
}

// A padJob is a Pad on several cores, or its gradient.
type padJob[T kernel.Float] struct {
	y, x     []T
	from, to Shape
	stride   int
	back     bool
}

// Do computes an image.
func (j *padJob[T]) Do(image int) {
	to, from := j.to.Blocks(), j.from.Blocks()
	for b := range to {
		y := j.y[(image*to+b)*j.to.plane()*Block:][:j.to.plane()*Block]
		if b >= from {
			if !j.back {
				clear(y)
			}
			continue
		}
		x := j.x[(image*from+b)*j.from.plane()*Block:][:j.from.plane()*Block]
		if j.back {
			j.gather(x, y, min(Block, j.from.C-b*Block))
		} else {
			j.take(y, x)
		}
	}
}

// take copies the pixels of a block to y.
func (j *padJob[T]) take(y, x []T) {
	for h := range j.to.H {
		for w := range j.to.W {
			*(*[Block]T)(y[(h*j.to.W+w)*Block:]) = *(*[Block]T)(x[(h*j.from.W+w)*j.stride*Block:])
		}
	}
}

// gather copies some channels of the pixels of y to where they come from, and sets all others to zero.
func (j *padJob[T]) gather(x, y []T, channels int) {
	clear(x)
	for h := range j.to.H {
		for w := range j.to.W {
			copy(x[(h*j.from.W+w)*j.stride*Block:][:channels], y[(h*j.to.W+w)*Block:])
		}
	}
}

var (
	padJobs32 = newJobs[padJob[float32]]()
	padJobs64 = newJobs[padJob[float64]]()
)

func padJobs[T kernel.Float]() jobs[padJob[T]] {
	if free, ok := any(padJobs32).(jobs[padJob[T]]); ok {
		return free
	}
	return any(padJobs64).(jobs[padJob[T]])
}
