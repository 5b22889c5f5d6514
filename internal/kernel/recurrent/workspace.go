package recurrent

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A Workspace is memory that passes keep from run to run, so that they allocate nothing.
type Workspace[T kernel.Float] struct {
	weight, second kernel.Packed[T]
	bias           []T // of all pre-activations, then of the input's part of n of GRU
	part           []T // (batch, gates·hidden): the state's parts of a step
	zeros          []T // (hidden): in place of vectors that are missing
	carry          []T // (batch, hidden): the gradient by the state before
	cells          []T // (batch, hidden): by the cell before
	pass           pass[T]
}

// grown is x with n elements, in new memory if it has none.
func grown[T kernel.Float](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// prepare makes the memory fit a shape.
func (w *Workspace[T]) prepare(s Shape) {
	w.bias = grown(w.bias, (s.Cell.Gates()+1)*s.Hidden)
	w.part = grown(w.part, s.Cell.Gates()*s.sample())
	w.zeros = grown(w.zeros, s.Hidden)
	clear(w.zeros)
	w.carry, w.cells = grown(w.carry, s.sample()), grown(w.cells, s.sample())
}

// A pass runs sequences through all steps, some on each core.
type pass[T kernel.Float] struct {
	Shape
	flushed *kernel.Flushed
	lengths []int // nil: all sequences have all steps
	space   *Workspace[T]
	rows    int // sequences on a core
	back    bool

	// Forward.
	inputs      []T // (batch, steps, gates·hidden)
	first, cell []T // (batch, hidden), or nil for zeros
	// Backward.
	outputs    []T // dL/d states, or nil
	last       []T // dL/d last states and cells, or nil
	record     []T
	gradients  []T
	recordIs   Record
	gradientIs Gradients
}

// tile is the number of sequences that the kernels of the products take together.
const tile = 8

// serial is the number of multiplications up to which a pass stays on one core.
const serial = 1 << 17

// start runs all sequences.
func (p *pass[T]) start() {
	chunks := min(pool.Workers(), (p.Batch+tile-1)/tile)
	if p.Batch*p.Steps*p.Hidden*p.Hidden*p.Cell.Gates() <= serial {
		chunks = 1
	}
	p.rows = (p.Batch + chunks - 1) / chunks
	pool.Run((p.Batch+p.rows-1)/p.rows, p)
	*p = pass[T]{}
}

// Do runs the sequences of a core.
func (p *pass[T]) Do(i int) {
	from, to := i*p.rows, min((i+1)*p.rows, p.Batch)
	if p.back {
		p.backward(from, to)
		return
	}
	p.forward(from, to)
}

// length is the number of steps of a sequence.
func (p *pass[T]) length(b int) int {
	if p.lengths == nil {
		return p.Steps
	}
	return p.lengths[b]
}

// active finds the sequences from b on, up to to, that have a step: the first ones of them that lie side by side.
func (p *pass[T]) active(b, to, step int) (from, end int) {
	for from = b; from < to && step >= p.length(from); from++ {
	}
	for end = from; end < to && step < p.length(end); end++ {
	}
	return from, end
}

// ends are the first and the last step of a sequence, in the direction of the recurrence.
func (p *pass[T]) ends(b int) (first, last int) {
	if p.Reverse {
		return p.length(b) - 1, 0
	}
	return 0, p.length(b) - 1
}

// step is the i-th step in the direction of the recurrence. Those of a sequence that is shorter are the ones it has.
func (p *pass[T]) step(i int) int {
	if p.Reverse {
		return p.Steps - 1 - i
	}
	return i
}

// towards is 1, or -1 in reverse.
func (p *pass[T]) towards() int {
	if p.Reverse {
		return -1
	}
	return 1
}

// at is the vector of a sequence and step in a matrix with width elements for each.
func (p *pass[T]) at(x []T, b, step, width int) []T {
	i := (b*p.Steps + step) * width
	return x[i : i+width : i+width]
}

// row is row b of a matrix (batch, width).
func row[T kernel.Float](x []T, b, width int) []T { return x[b*width : (b+1)*width : (b+1)*width] }
