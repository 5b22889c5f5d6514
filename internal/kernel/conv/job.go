package conv

import (
	"sync/atomic"
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A pass is one of the computations of this package.
type pass int

const (
	forward pass = iota
	inputGradient
	weightGradient
)

// A job is a computation on several cores, in independent pieces.
type job[T kernel.Float] struct {
	g             Geometry
	pass          pass
	flushed       *kernel.Flushed
	x, w, bias, y []T // or their gradients
	lines         int // of the output in a matrix of patches
	rows          int // of a matrix of patches in a piece
	images        int // in a piece of the gradient of the weights
	pieces        int
	patches       int // elements of a matrix of patches
	next          atomic.Int64
	memory        []T // patches of each core, then ...
	partial       []T // ... the gradient of the weights of some images
}

// Free lists keep the memory of jobs.
var (
	jobs32 = pool.NewFree[job[float32]]()
	jobs64 = pool.NewFree[job[float64]]()

	largest32, largest64 atomic.Int64 // number of elements that a job has needed
)

// run computes the pass, on several cores if it is worth it.
func run[T kernel.Float](flushed *kernel.Flushed, g Geometry, p pass, x, w, bias, y []T) {
	if unsafe.Sizeof(T(0)) == 4 {
		j := jobs32.Get()
		j.start(flushed, g, p, as[float32](x), as[float32](w), as[float32](bias), as[float32](y), &largest32)
		jobs32.Put(j)
		return
	}
	j := jobs64.Get()
	j.start(flushed, g, p, as[float64](x), as[float64](w), as[float64](bias), as[float64](y), &largest64)
	jobs64.Put(j)
}

// as is a slice of the same elements, whose type is S.
func as[S, T kernel.Float](x []T) []S {
	return unsafe.Slice((*S)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// serial is the number of multiplications up to which one core computes a pass.
const serial = 1 << 15

func (j *job[T]) start(flushed *kernel.Flushed, g Geometry, p pass, x, w, bias, y []T, largest *atomic.Int64) {
	j.flushed, j.g, j.pass, j.x, j.w, j.bias, j.y = flushed, g, p, x, w, bias, y
	j.split()
	cores := min(pool.Workers(), j.pieces)
	if g.Work() <= serial {
		cores = 1
	}
	partial := (parts(g.Batch, j.images) - 1) * len(w) // gradients of the weights
	j.reserve(cores*j.patches+partial, largest)
	j.partial = j.memory[cores*j.patches:]
	j.next.Store(0)
	pool.Run(cores, j)
	if p == weightGradient {
		j.addPartial()
	}
	j.flushed, j.x, j.w, j.bias, j.y = nil, nil, nil, nil, nil
}

// reserve makes room for n elements. The memory of all jobs soon has room for the most that any job has needed.
func (j *job[T]) reserve(n int, largest *atomic.Int64) {
	if n <= len(j.memory) {
		return
	}
	if n > int(largest.Load()) {
		largest.Store(int64(n))
	}
	j.memory = make([]T, max(n, int(largest.Load())))
}

// Do computes pieces, in memory of this core alone, until none is left.
func (j *job[T]) Do(core int) {
	memory := part(j.memory, core, j.patches)
	for i := int(j.next.Add(1)) - 1; i < j.pieces; i = int(j.next.Add(1)) - 1 {
		switch j.pass {
		case forward:
			j.forward(i, memory)
		case inputGradient:
			j.inputGradient(i, memory)
		case weightGradient:
			j.weightGradient(i, memory)
		}
	}
}

const (
	// block is about how many patches a piece makes at once: they should stay in the L2 cache.
	block = 1 << 16
	// wide is the number of columns below which a product of matrices is slow.
	wide = 64
	// enough is the number of pieces that keeps all cores busy. It must not depend on their number.
	enough = 16
)

// split chooses the size of the pieces.
func (j *job[T]) split() {
	g := &j.g
	j.rows, j.images = g.depth(), g.Batch
	switch stacks := g.Batch * g.Groups; j.pass {
	case forward:
		j.lines = linesOf(g, j.rows)
		j.pieces = stacks * parts(g.Result[0], j.lines)
	case inputGradient:
		channels := parts(g.inGroup(), parts(enough, stacks)) // each piece has the pixels of some channels
		j.rows = channels * g.window()
		j.lines = linesOf(g, j.rows)
		j.pieces = stacks * parts(g.inGroup(), channels)
	case weightGradient:
		j.rows = min(j.rows, wide) // each piece has some columns of the gradient, for some images
		j.lines = linesOf(g, j.rows)
		j.pieces = g.Groups * parts(g.depth(), j.rows)
		j.images = parts(g.Batch, parts(enough, j.pieces))
		j.pieces *= parts(g.Batch, j.images)
	}
	j.patches = 0
	if !g.pointwise() {
		j.patches = j.rows * j.lines * g.Result[1]
	}
}

// linesOf is the number of lines of the output for which patches of some rows are made at once.
func linesOf(g *Geometry, rows int) int {
	columns := max(wide, block/rows)
	return min(g.Result[0], parts(columns, g.Result[1]))
}
