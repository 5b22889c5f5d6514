package attention

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A Backward is the gradient of attention being computed. It is kept from run to run, so that a run does not allocate.
type Backward[T kernel.Float] struct {
	Problem[T]
	Out, DOut  Rows[T]
	LogSum     []T
	DQ, DK, DV Rows[T]
	Flushed    *kernel.Flushed // set if a gradient was too small for its type

	delta []T // Σ dout·out of each row, (Batch, Heads, Queries)
}

// Run computes the gradients.
func (g *Backward[T]) Run() {
	if n := g.Batch * g.Heads * g.Queries; cap(g.delta) < n {
		g.delta = make([]T, n)
	}
	pool.Run(g.Batch*g.Heads, g)
}

// Do computes the gradients of a sample and a head.
func (g *Backward[T]) Do(i int) {
	w := getSpace[T]()
	defer putSpace(w)
	b := block{sample: i / g.Heads, head: i % g.Heads}
	g.setDeltas(b)
	end := g.visible(b.sample, g.Queries-1)
	g.clearUnseen(b, end)
	last := (g.Queries - 1) / blockQueries * blockQueries
	for b.key = 0; b.key < end; b.key += blockKeys {
		for b.query = last; b.query >= 0; b.query -= blockQueries { // the last queries see the most keys
			b.queries = min(blockQueries, g.Queries-b.query)
			b.keys = min(blockKeys, g.visible(b.sample, b.query+b.queries-1)-b.key)
			if b.keys > 0 {
				g.take(w, b, b.query == last)
			}
		}
	}
}

// clearUnseen zeroes the gradients of keys from end on, and of blocks of queries that see no key.
func (g *Backward[T]) clearUnseen(b block, end int) {
	clearHead(g.DK, b.sample*g.Keys+end, g.Keys-end, b.head, g.Width)
	clearHead(g.DV, b.sample*g.Keys+end, g.Keys-end, b.head, g.ValueWidth)
	for ; b.query < g.Queries; b.query += blockQueries {
		b.queries = min(blockQueries, g.Queries-b.query)
		if g.visible(b.sample, b.query+b.queries-1) == 0 {
			clearHead(g.DQ, b.queryRow(&g.Shape), b.queries, b.head, g.Width)
		}
	}
}

// clearHead zeroes a head's columns of some rows.
func clearHead[T kernel.Float](r Rows[T], row, rows, head, width int) {
	for i := range rows {
		clear(r.from(row+i, head*width)[:width])
	}
}

// deltas are the sums of a head.
func (g *Backward[T]) deltas(b block) []T {
	n := g.Queries
	return g.delta[:cap(g.delta)][(b.sample*g.Heads+b.head)*n:][:n]
}

// setDeltas computes Σ dout·out of each row of a head.
func (g *Backward[T]) setDeltas(b block) {
	delta := g.deltas(b)
	for i := range delta {
		row, col := b.sample*g.Queries+i, b.head*g.ValueWidth
		out, dout := g.Out.from(row, col)[:g.ValueWidth], g.DOut.from(row, col)[:g.ValueWidth]
		delta[i] = inner(out, dout)
	}
}

// inner is the inner product, of four sums.
func inner[T kernel.Float](a, b []T) T {
	var s0, s1, s2, s3 T
	b = b[:len(a)]
	for ; len(a) >= 4; a, b = a[4:], b[4:] {
		s0, s1, s2, s3 = s0+a[0]*b[0], s1+a[1]*b[1], s2+a[2]*b[2], s3+a[3]*b[3]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// take adds what a block contributes, and overwrites the gradients of its keys if it is the first of them.
func (g *Backward[T]) take(w *workspace[T], b block, first bool) {
	p, ds, stride := w.s[:b.queries*b.stride()], w.dp[:b.queries*b.stride()], b.stride()
	queryRow, keyRow := b.queryRow(&g.Shape), b.keyRow(&g.Shape)
	col, valueCol := b.head*g.Width, b.head*g.ValueWidth
	dout, v := g.DOut.from(queryRow, valueCol), g.V.from(keyRow, valueCol)
	kernel.Gemm(g.Flushed, false, true, b.queries, b.keys, g.ValueWidth, 1, dout, g.DOut.Stride, v, g.V.Stride, 0, ds, stride)
	g.slopes(b, p, ds)
	ofQueries, ofKeys := factor[T](b.key == 0), factor[T](first)
	kernel.Gemm(nil, true, false, b.keys, g.ValueWidth, b.queries, 1, p, stride, dout, g.DOut.Stride, ofKeys, g.DV.from(keyRow, valueCol), g.DV.Stride)
	kernel.Gemm(nil, false, false, b.queries, g.Width, b.keys, 1, ds, stride, g.K.from(keyRow, col), g.K.Stride, ofQueries, g.DQ.from(queryRow, col), g.DQ.Stride)
	kernel.Gemm(nil, true, false, b.keys, g.Width, b.queries, 1, ds, stride, g.Q.from(queryRow, col), g.Q.Stride, ofKeys, g.DK.from(keyRow, col), g.DK.Stride)
}

// factor is that of what is there already: 0 if the block is the first, 1 otherwise.
func factor[T kernel.Float](first bool) T {
	if first {
		return 0
	}
	return 1
}

// slopes computes p of a block, 0 where a query does not see a key, and turns dL/dp into scale·dL/ds = scale·p·(dp - Σ dout·out).
func (g *Backward[T]) slopes(b block, p, ds []T) {
	g.logits(b, p)
	g.hide(b, p)
	for i := range b.queries {
		clear(ds[i*b.stride()+b.keys : (i+1)*b.stride()]) // times p, which is 0, it must not be NaN
	}
	first := (b.sample*g.Heads+b.head)*g.Queries + b.query
	kernel.SoftmaxSlopes(p, ds, b.stride(), g.LogSum[first:first+b.queries], g.deltas(b)[b.query:b.query+b.queries], T(g.Scale))
}
