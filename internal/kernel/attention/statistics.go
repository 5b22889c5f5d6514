package attention

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// HeadStatistics is the number of statistics of a head; see [Statistics].
const HeadStatistics = 3

// Statistics is what an instrument shows of attention, being computed. It is kept from run to run, so that a run does not allocate.
type Statistics[T kernel.Float] struct {
	Problem[T] // values are not read
	// Out has a row for each head: the largest logit, the mean over queries of the entropy of p in nats, and the mean over queries of p of
	// the first key. Queries that see no key do not count; a head without others has -Inf, 0 and 0.
	Out []T

	parts []headSums // of samples and heads
}

// headSums are sums over the queries of a sample and a head.
type headSums struct{ top, entropy, first, queries float64 }

// Run computes the statistics.
func (s *Statistics[T]) Run() {
	if n := s.Batch * s.Heads; len(s.parts) != n {
		s.parts = make([]headSums, n)
	}
	pool.Run(len(s.parts), s)
	for head := range s.Heads {
		sum := headSums{top: math.Inf(-1)}
		for sample := range s.Batch {
			sum.add(s.parts[sample*s.Heads+head])
		}
		n := max(sum.queries, 1)
		copy(s.Out[head*HeadStatistics:], []T{T(sum.top), T(sum.entropy / n), T(sum.first / n)})
	}
}

func (h *headSums) add(g headSums) {
	h.top, h.entropy, h.first, h.queries = max(h.top, g.top), h.entropy+g.entropy, h.first+g.first, h.queries+g.queries
}

// Do computes the sums of a sample and a head.
func (s *Statistics[T]) Do(i int) {
	w := getSpace[T]()
	defer putSpace(w)
	sum := headSums{top: math.Inf(-1)}
	b := block{sample: i / s.Heads, head: i % s.Heads}
	for ; b.query < s.Queries; b.query += blockQueries {
		b.queries = min(blockQueries, s.Queries-b.query)
		sum.add(s.queries(w, b))
	}
	s.parts[i] = sum
}

// queries sums over a block of queries.
func (s *Statistics[T]) queries(w *workspace[T], b block) headSums {
	var rows [blockQueries]rowSums
	for i := range rows {
		rows[i].top = math.Inf(-1)
	}
	end := s.visible(b.sample, b.query+b.queries-1)
	for b.key = 0; b.key < end; b.key += blockKeys {
		b.keys = min(blockKeys, end-b.key)
		s.logits(b, w.s[:])
		for i := range b.queries {
			row := w.s[i*b.stride():][:s.seen(b, i)]
			if b.key == 0 && len(row) > 0 {
				rows[i].first = float64(row[0])
			}
			addLogits(&rows[i], row)
		}
	}
	sum := headSums{top: math.Inf(-1)}
	for i := range b.queries {
		sum.add(rows[i].finish())
	}
	return sum
}

// rowSums are sums over the keys of a query: with e = exp(s - top), of e and of e·(s - top).
type rowSums struct{ top, sum, weighted, first float64 }

// addLogits adds some keys.
func addLogits[T kernel.Float](r *rowSums, logits []T) {
	top := r.top
	for _, v := range logits {
		top = max(top, float64(v))
	}
	if math.IsInf(top, -1) {
		return
	}
	if r.sum > 0 {
		moved := r.top - top
		factor := math.Exp(moved)
		r.weighted, r.sum = factor*(r.weighted+moved*r.sum), factor*r.sum
	}
	r.top = top
	for _, v := range logits {
		if d := float64(v) - top; !math.IsInf(d, -1) {
			e := math.Exp(d)
			r.sum, r.weighted = r.sum+e, r.weighted+e*d
		}
	}
}

// finish gives what the query adds to the sums of its head. The entropy Σ p·(l - s) is log(sum) - weighted/sum.
func (r *rowSums) finish() headSums {
	if r.sum == 0 {
		return headSums{top: math.Inf(-1)}
	}
	return headSums{top: r.top, entropy: math.Log(r.sum) - r.weighted/r.sum, first: math.Exp(r.first-r.top) / r.sum, queries: 1}
}
