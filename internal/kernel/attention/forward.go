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
	if end == 0 && f.Out.Data != nil {
		clearHead(f.Out, b.queryRow(&f.Shape), b.queries, b.head, f.ValueWidth)
	}
	for ; b.key < end; b.key += blockKeys {
		b.keys = min(blockKeys, end-b.key)
		f.take(w, b)
	}
	f.finish(w, b)
}

// take adds a block of keys.
func (f *Forward[T]) take(w *workspace[T], b block) {
	f.logits(b, w.s[:])
	f.hide(b, w.s[:])
	stride := b.stride()
	old := w.top
	kernel.SoftmaxRows(w.s[:b.queries*stride], stride, w.top[:b.queries], w.blockSum[:b.queries])
	for i, sum := range w.blockSum[:b.queries] {
		if b.key > 0 && old[i] != w.top[i] {
			f.rescale(w, b, i, math.Exp(float64(old[i]-w.top[i])))
		}
		w.sum[i] += sum
	}
	if f.Out.Data == nil {
		return
	}
	out, v := f.Out.from(b.queryRow(&f.Shape), b.head*f.ValueWidth), f.V.from(b.keyRow(&f.Shape), b.head*f.ValueWidth)
	kernel.Gemm(nil, false, false, b.queries, f.ValueWidth, b.keys, 1, w.s[:], stride, v, f.V.Stride, factor[T](b.key == 0), out, f.Out.Stride)
}

// rescale multiplies what was summed before for a query, because its maximum has grown.
func (f *Forward[T]) rescale(w *workspace[T], b block, i int, factor float64) {
	w.sum[i] *= factor
	if f.Out.Data != nil {
		scaleRow(f.Out.from(b.queryRow(&f.Shape)+i, b.head*f.ValueWidth)[:f.ValueWidth], T(factor))
	}
}

func scaleRow[T kernel.Float](row []T, factor T) {
	for j := range row {
		row[j] *= factor
	}
}

// finish divides the rows by their sums.
func (f *Forward[T]) finish(w *workspace[T], b block) {
	for i, sum := range w.sum[:b.queries] {
		if f.LogSum != nil {
			l := math.Inf(1)
			if sum != 0 {
				l = float64(w.top[i]) + math.Log(sum)
			}
			f.LogSum[(b.sample*f.Heads+b.head)*f.Queries+b.query+i] = T(l)
		}
		if f.Out.Data != nil && sum != 0 { // otherwise the row is zero
			scaleRow(f.Out.from(b.queryRow(&f.Shape)+i, b.head*f.ValueWidth)[:f.ValueWidth], T(1/sum))
		}
	}
}
