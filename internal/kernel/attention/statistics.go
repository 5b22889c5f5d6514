package attention

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A Head is what an instrument shows of one head of an attention. Means over queries are over the whole batch; queries that see no key, and
// those of the padding, do not count. A head in which none counts has a Top of -Inf, and zeros.
type Head struct {
	Top            float64 // the largest logit
	Entropy        float64 // mean over queries of the entropy of the probabilities p, in nats
	Even           float64 // mean over queries of log n, the entropy of even probabilities over the n keys that a query sees
	First          float64 // mean over queries of p of the first key
	QueryL2, KeyL2 float64 // mean L2 norms of the queries and of the keys, before the scale
	// Map has Rows·Cols elements: element r·Cols + c is the mean over the queries of part r of the sum of p over the keys of part c. Rows
	// in which a query counts add up to 1. It is empty without one.
	Map        []float64
	Rows, Cols int
}

// MaxSide is the largest number of rows and of columns of a map.
const MaxSide = 16

// Statistics are heads being measured. They are kept from run to run, so that a run does not allocate.
type Statistics[T kernel.Float] struct {
	Problem[T] // values are not read
	// QueryLengths are the number of queries of each sample; those from there on are padding. Nil: Queries.
	QueryLengths []int
	// Side is the number of rows and of columns of the maps, at most MaxSide, or fewer if there are fewer queries or keys; 0: no maps.
	Side int
	Out  []Head // the result

	parts []part // of samples and heads
}

// A part is sums over the queries of a sample and a head.
type part struct {
	top, entropy, even, first, queryL2, queries float64
	keyL2, keys                                 float64
	cells                                       [MaxSide * MaxSide]float64
	rows                                        [MaxSide]float64 // queries in each row of the map
}

// Run measures the heads.
func (s *Statistics[T]) Run() {
	if n := s.Batch * s.Heads; len(s.parts) != n {
		s.parts = make([]part, n)
	}
	if len(s.Out) != s.Heads {
		s.Out = make([]Head, s.Heads)
	}
	pool.Run(len(s.parts), s)
	for head := range s.Out {
		s.join(head)
	}
}

// join adds up the parts of a head.
func (s *Statistics[T]) join(head int) {
	sum := part{top: math.Inf(-1)}
	for sample := range s.Batch {
		part := &s.parts[sample*s.Heads+head]
		if sum.add(part); s.Side > 0 {
			sum.addMap(part)
		}
	}
	n := max(sum.queries, 1)
	h := &s.Out[head]
	h.Top, h.Entropy, h.Even, h.First = sum.top, sum.entropy/n, sum.even/n, sum.first/n
	h.QueryL2, h.KeyL2 = sum.queryL2/n, sum.keyL2/max(sum.keys, 1)
	h.Rows, h.Cols = min(s.Side, s.Queries), min(s.Side, s.Keys)
	h.Map = h.Map[:0]
	for r := range h.Rows {
		for c := range h.Cols {
			h.Map = append(h.Map, sum.cells[r*MaxSide+c]/max(sum.rows[r], 1))
		}
	}
}

func (a *part) add(b *part) {
	a.top, a.entropy, a.even, a.first = max(a.top, b.top), a.entropy+b.entropy, a.even+b.even, a.first+b.first
	a.queryL2, a.queries, a.keyL2, a.keys = a.queryL2+b.queryL2, a.queries+b.queries, a.keyL2+b.keyL2, a.keys+b.keys
}

func (a *part) addMap(b *part) {
	for i, v := range b.cells {
		a.cells[i] += v
	}
	for i, v := range b.rows {
		a.rows[i] += v
	}
}

// Do computes the sums of a sample and a head.
func (s *Statistics[T]) Do(i int) {
	w := getSpace[T]()
	defer putSpace(w)
	sum := &s.parts[i]
	*sum = part{top: math.Inf(-1)}
	b := block{sample: i / s.Heads, head: i % s.Heads}
	end := s.Queries
	if s.QueryLengths != nil {
		end = min(end, s.QueryLengths[b.sample])
	}
	for ; b.query < end; b.query += blockQueries {
		b.queries = min(blockQueries, end-b.query)
		s.addQueries(w, b, sum)
	}
	for key := range s.length(b.sample) {
		sum.keyL2 += rowNorm(s.K, b.sample*s.Keys+key, b.head*s.Width, s.Width)
		sum.keys++
	}
}

func rowNorm[T kernel.Float](r Rows[T], row, col, width int) float64 {
	return math.Sqrt(kernel.SumSquares(r.from(row, col)[:width]))
}

// rowSums are sums over the keys of a query, relative to the largest logit so far, the workspace's top: with e = exp(s - top), of e, of
// e·(s - top), of e by the columns of the map, and e of the first key.
type rowSums struct {
	sum, weighted, first float64
	seen                 int // keys
	cols                 [MaxSide]float64
}

// addQueries adds a block of queries.
func (s *Statistics[T]) addQueries(w *workspace[T], b block, sum *part) {
	var rows [blockQueries]rowSums
	for i := range b.queries {
		w.top[i] = T(math.Inf(-1))
	}
	end := s.visible(b.sample, b.query+b.queries-1)
	for b.key = 0; b.key < end; b.key += blockKeys {
		b.keys = min(blockKeys, end-b.key)
		s.logits(b, w.s[:])
		s.hide(b, w.s[:])
		stride, old := b.stride(), w.top
		copy(w.dp[:b.queries*stride], w.s[:b.queries*stride])
		kernel.SoftmaxRows(w.s[:b.queries*stride], stride, w.top[:b.queries], w.blockSum[:b.queries])
		for i := range b.queries {
			r, n := &rows[i], s.seen(b, i)
			r.moveTo(float64(old[i]), float64(w.top[i]))
			logits, e := w.dp[i*stride:][:n], w.s[i*stride:][:n]
			addKeys(r, logits, e, float64(w.top[i]))
			if b.key == 0 && n > 0 {
				r.first = float64(e[0])
			}
			if s.Side > 0 {
				addColumns(r, e, b.key, s.Keys, min(s.Side, s.Keys))
			}
		}
	}
	for i := range b.queries {
		if r := &rows[i]; r.sum > 0 {
			r.finish(sum, float64(w.top[i]), s.Side > 0, partOf(b.query+i, s.Queries, min(s.Side, s.Queries)))
			sum.queryL2 += rowNorm(s.Q, b.queryRow(&s.Shape)+i, b.head*s.Width, s.Width)
		}
	}
}

// moveTo makes the sums relative to a larger logit.
func (r *rowSums) moveTo(old, top float64) {
	if r.sum == 0 || old == top {
		return
	}
	moved := old - top
	factor := math.Exp(moved)
	r.weighted, r.sum, r.first = factor*(r.weighted+moved*r.sum), factor*r.sum, factor*r.first
	for c := range r.cols {
		r.cols[c] *= factor
	}
}

// addKeys adds some keys, with e = exp(logit - top).
func addKeys[T kernel.Float](r *rowSums, logits, e []T, top float64) {
	sum, weighted, seen := 0.0, 0.0, 0
	for j, v := range logits {
		if d := float64(v) - top; d >= -math.MaxFloat64 {
			p := float64(e[j])
			sum, weighted, seen = sum+p, weighted+p*d, seen+1
		}
	}
	r.sum, r.weighted, r.seen = r.sum+sum, r.weighted+weighted, r.seen+seen
}

// addColumns adds the e of keys from the first one on to the columns of a map.
func addColumns[T kernel.Float](r *rowSums, e []T, first, keys, cols int) {
	for c := partOf(first, keys, cols); len(e) > 0; c++ {
		n := min(len(e), endOf(c, keys, cols)-first)
		r.cols[c] += kernel.Sum(e[:n])
		e, first = e[n:], first+n
	}
}

// partOf is the part, of n equal ones up to rounding, that an element of many lies in; endOf is the end of a part.
func partOf(i, many, n int) int   { return ((i+1)*n - 1) / many }
func endOf(part, many, n int) int { return (part + 1) * many / n }

// finish adds the query to the sums of its head. The entropy Σ p·(l - s) is log(sum) - weighted/sum.
func (r *rowSums) finish(sum *part, top float64, mapped bool, row int) {
	sum.top = max(sum.top, top)
	sum.entropy += math.Log(r.sum) - r.weighted/r.sum
	sum.even += math.Log(float64(r.seen))
	sum.first += r.first / r.sum
	sum.queries++
	if !mapped {
		return
	}
	for c, v := range r.cols {
		sum.cells[row*MaxSide+c] += v / r.sum
	}
	sum.rows[row]++
}
