package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// tokens are the tokens of a batch of sequences: a node of shape (batch, time, width) or (batch·time, width).
type tokens struct {
	node               *gorgonia.Node
	batch, time, width int
}

// newTokens is nil if the node does not hold so many tokens.
func newTokens(n *gorgonia.Node, batch, time int) *tokens {
	shape := n.Shape()
	if len(shape) < 2 || batch*time == 0 || shape.TotalSize() != batch*time*shape[len(shape)-1] {
		return nil
	}
	return &tokens{n, batch, time, shape[len(shape)-1]}
}

// tapTokens measures how alike tokens are, in records with details.
func (w *probe) tapTokens(t *tokens, lengths *gorgonia.Node, done func(*profile.Record, float64)) {
	if t == nil {
		return
	}
	w.details.TapParallel(t.node, w.timed(func(r *profile.Record, v gorgonia.Value) {
		real := w.lengthsIn(lengths)
		if single, double := elements(v); single != nil {
			done(r, meanCosine(t, single, real))
		} else {
			done(r, meanCosine(t, double, real))
		}
	}))
}

// lengthsIn are the lengths at a node in the last run; nil without any.
func (w *probe) lengthsIn(n *gorgonia.Node) []int {
	if given := w.program.InputOf(n); given != nil {
		return given.Ints()
	}
	return nil
}

// meanCosine is the mean cosine between two tokens of a sample, over all pairs, and then over the samples of two tokens or more; NaN
// without any. With unit vectors u_i of n tokens it is (||Σ u_i||² - n)/(n·(n - 1)). Lengths are those of the samples; nil means that all
// have the same. Tokens of zeros do not count.
func meanCosine[T kernel.Float](t *tokens, x []T, lengths []int) float64 {
	sum := make([]float64, t.width)
	total, samples := 0.0, 0
	for sample := range t.batch {
		length := t.time
		if sample < len(lengths) {
			length = min(length, lengths[sample])
		}
		clear(sum)
		n := 0.0
		for i := range length {
			token := x[(sample*t.time+i)*t.width:][:t.width]
			norm := math.Sqrt(kernel.SumSquares(token))
			if norm == 0 {
				continue
			}
			n++
			for j, v := range token {
				sum[j] += float64(v) / norm
			}
		}
		if n >= 2 {
			total, samples = total+(kernel.SumSquares(sum)-n)/(n*(n-1)), samples+1
		}
	}
	if samples == 0 {
		return math.NaN()
	}
	return total / float64(samples)
}

// blockAround is the smallest residual block whose branch has a layer; nil if there is none.
func (w *probe) blockAround(layer int) (found *graph.BlockTrace) {
	for _, b := range w.blocks {
		if b.Branch != b.Sum && b.First <= layer && layer <= b.Last && (found == nil || b.Last-b.First < found.Last-found.First) {
			found = b
		}
	}
	return found
}

// tapWrites measures how much each block writes into the residual stream, in records with details.
func (w *probe) tapWrites() {
	for _, b := range w.blocks {
		s := writeSizes{}
		if b.Sum != nil && b.Branch != nil {
			s = writeSizes{w.size(b.Branch), w.size(b.Sum)}
		}
		w.writes = append(w.writes, s)
	}
}

// writeSizes hold the root mean squares of what a block adds and of its sum; nil if unknown.
type writeSizes struct{ branch, sum *float64 }

// share is NaN if it is unknown.
func (s writeSizes) share() number {
	if s.sum == nil {
		return number(math.NaN())
	}
	return number(*s.branch / *s.sum)
}
