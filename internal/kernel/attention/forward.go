package attention

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A Forward is attention being computed. It is kept from run to run, so that a run does not allocate.
type Forward[T kernel.Float] struct {
	Problem[T]
	Out Rows[T] // (Batch·Queries) rows; zero where a query sees no key. Without data only LogSum is computed
	// LogSum is l (Batch, Heads, Queries), or nil. It is +Inf where a query sees no key.
	LogSum []T
}

// Run computes the result.
func (f *Forward[T]) Run() {
	pool.Run(f.Batch*f.Heads*f.blocks(), f)
}

// blocks is the number of blocks of queries of a sample.
func (f *Forward[T]) blocks() int { return (f.Queries + blockQueries - 1) / blockQueries }

// Do computes the rows of one block of queries.
func (f *Forward[T]) Do(i int) {
	w := getSpace[T]()
	defer putSpace(w)
	blocks := f.blocks()
	b := block{sample: i / blocks / f.Heads, head: i / blocks % f.Heads, query: i % blocks * blockQueries}
	b.queries = min(blockQueries, f.Queries-b.query)
	for i := range b.queries {
		w.top[i], w.sum[i] = T(math.Inf(-1)), 0
	}
	end := f.visible(b.sample, b.query+b.queries-1)
	for ; b.key == 0 || b.key < end; b.key += blockKeys {
		b.keys = min(blockKeys, end-b.key)
		f.take(w, b)
	}
	f.finish(w, b)
}

// take adds a block of keys.
func (f *Forward[T]) take(w *workspace[T], b block) {
	s := w.s[:b.queries*b.keys]
	if b.keys > 0 {
		f.logits(b, s)
	}
	for i := range b.queries {
		f.exponentials(w, b, i, s[i*b.keys:(i+1)*b.keys])
	}
	if f.Out.Data == nil {
		return
	}
	out := f.Out.from(b.queryRow(&f.Shape), b.head*f.ValueWidth)
	if b.keys == 0 {
		for i := range b.queries {
			clear(out[i*f.Out.Stride:][:f.ValueWidth])
		}
		return
	}
	beta := T(1)
	if b.key == 0 {
		beta = 0
	}
	v := f.V.from(b.keyRow(&f.Shape), b.head*f.ValueWidth)
	kernel.Gemm(nil, false, false, b.queries, f.ValueWidth, b.keys, 1, s, b.keys, v, f.V.Stride, beta, out, f.Out.Stride)
}

// exponentials turns the logits of a row into exp(s - top), and scales what was summed before if the maximum has grown.
func (f *Forward[T]) exponentials(w *workspace[T], b block, i int, s []T) {
	n := f.seen(b, i)
	clear(s[n:])
	s = s[:n]
	top := w.top[i]
	for _, v := range s {
		top = max(top, v)
	}
	if top == T(math.Inf(-1)) {
		clear(s)
		return
	}
	if old := w.top[i]; old != top {
		factor := math.Exp(float64(old - top))
		w.top[i], w.sum[i] = top, w.sum[i]*factor
		if f.Out.Data != nil && b.key > 0 {
			row := f.Out.from(b.queryRow(&f.Shape)+i, b.head*f.ValueWidth)[:f.ValueWidth]
			kernel.Scale(nil, row, T(factor), row)
		}
	}
	for j := range s {
		s[j] -= top
	}
	kernel.Exp(nil, s, s)
	w.sum[i] += kernel.Sum(s)
}

// finish divides the rows by their sums.
func (f *Forward[T]) finish(w *workspace[T], b block) {
	for i := range b.queries {
		sum := w.sum[i]
		if f.LogSum != nil {
			l := math.Inf(1)
			if sum != 0 {
				l = float64(w.top[i]) + math.Log(sum)
			}
			f.LogSum[(b.sample*f.Heads+b.head)*f.Queries+b.query+i] = T(l)
		}
		if f.Out.Data == nil || sum == 0 {
			continue // the row is zero
		}
		row := f.Out.from(b.queryRow(&f.Shape)+i, b.head*f.ValueWidth)[:f.ValueWidth]
		kernel.Scale(nil, row, T(1/sum), row)
	}
}
