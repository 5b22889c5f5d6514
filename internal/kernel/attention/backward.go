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
	DQ, DK, DV Rows[T]         // those without data are not computed
	Flushed    *kernel.Flushed // set if a gradient was too small for its type

	delta []float64 // Σ dout·out of each row, (Batch, Heads, Queries)
}

// Run computes the gradients.
func (g *Backward[T]) Run() {
	if n := g.Batch * g.Heads * g.Queries; cap(g.delta) < n {
		g.delta = make([]float64, n)
	}
	pool.Run(g.Batch*g.Heads, g)
}

// Do computes the gradients of a sample and a head.
func (g *Backward[T]) Do(i int) {
	w := getSpace[T]()
	defer putSpace(w)
	b := block{sample: i / g.Heads, head: i % g.Heads}
	clearHead(g.DQ, b.sample*g.Queries, g.Queries, b.head, g.Width)
	clearHead(g.DK, b.sample*g.Keys, g.Keys, b.head, g.Width)
	clearHead(g.DV, b.sample*g.Keys, g.Keys, b.head, g.ValueWidth)
	g.setDeltas(b)
	end := g.visible(b.sample, g.Queries-1)
	for b.key = 0; b.key < end; b.key += blockKeys {
		b.keys = min(blockKeys, end-b.key)
		for b.query = 0; b.query < g.Queries; b.query += blockQueries {
			b.queries = min(blockQueries, g.Queries-b.query)
			if g.seen(b, b.queries-1) > 0 {
				g.take(w, b)
			}
		}
	}
}

// clearHead zeroes a head's columns of some rows.
func clearHead[T kernel.Float](r Rows[T], row, rows, head, width int) {
	if r.Data == nil {
		return
	}
	for i := range rows {
		clear(r.from(row+i, head*width)[:width])
	}
}

// deltas are the sums of a head.
func (g *Backward[T]) deltas(b block) []float64 {
	n := g.Queries
	return g.delta[:cap(g.delta)][(b.sample*g.Heads+b.head)*n:][:n]
}

// setDeltas computes Σ dout·out of each row of a head.
func (g *Backward[T]) setDeltas(b block) {
	delta := g.deltas(b)
	for i := range delta {
		row, col := b.sample*g.Queries+i, b.head*g.ValueWidth
		out, dout := g.Out.from(row, col)[:g.ValueWidth], g.DOut.from(row, col)[:g.ValueWidth]
		var sum float64
		for j, v := range out {
			sum += float64(v) * float64(dout[j])
		}
		delta[i] = sum
	}
}

// take adds what a block contributes.
func (g *Backward[T]) take(w *workspace[T], b block) {
	p, ds := w.s[:b.queries*b.keys], w.dp[:b.queries*b.keys]
	queryRow, keyRow := b.queryRow(&g.Shape), b.keyRow(&g.Shape)
	col, valueCol := b.head*g.Width, b.head*g.ValueWidth
	dout := g.DOut.from(queryRow, valueCol)
	g.probabilities(b, p)
	if g.DV.Data != nil {
		kernel.Gemm(nil, true, false, b.keys, g.ValueWidth, b.queries, 1, p, b.keys, dout, g.DOut.Stride, 1, g.DV.from(keyRow, valueCol), g.DV.Stride)
	}
	if g.DQ.Data == nil && g.DK.Data == nil {
		return
	}
	kernel.Gemm(g.Flushed, false, true, b.queries, b.keys, g.ValueWidth, 1, dout, g.DOut.Stride, g.V.from(keyRow, valueCol), g.V.Stride, 0, ds, b.keys)
	g.slopes(b, ds, p)
	if g.DQ.Data != nil {
		kernel.Gemm(nil, false, false, b.queries, g.Width, b.keys, 1, ds, b.keys, g.K.from(keyRow, col), g.K.Stride, 1, g.DQ.from(queryRow, col), g.DQ.Stride)
	}
	if g.DK.Data != nil {
		kernel.Gemm(nil, true, false, b.keys, g.Width, b.queries, 1, ds, b.keys, g.Q.from(queryRow, col), g.Q.Stride, 1, g.DK.from(keyRow, col), g.DK.Stride)
	}
}

// probabilities computes p of a block, 0 where a query does not see a key.
func (g *Backward[T]) probabilities(b block, p []T) {
	g.logits(b, p)
	first := (b.sample*g.Heads+b.head)*g.Queries + b.query
	for i := range b.queries {
		row := p[i*b.keys : (i+1)*b.keys]
		n := g.seen(b, i)
		clear(row[n:])
		row = row[:n]
		l := g.LogSum[first+i]
		for j := range row {
			row[j] -= l
		}
		kernel.Exp(nil, row, row)
	}
}

// slopes turns dL/dp of a block into scale·dL/ds = scale·p·(dp - Σ dout·out).
func (g *Backward[T]) slopes(b block, dp, p []T) {
	delta, scale := g.deltas(b)[b.query:], T(g.Scale)
	for i := range b.queries {
		dp, p, d := dp[i*b.keys:(i+1)*b.keys], p[i*b.keys:(i+1)*b.keys], T(delta[i])
		for j := range dp {
			dp[j] = scale * p[j] * (dp[j] - d)
		}
	}
}
