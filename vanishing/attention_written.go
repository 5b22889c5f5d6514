package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/kernel"
)

// writtenHeads measures attention that is written out: products of queries and keys with a softmax. Its logits are in memory anyway.
type writtenHeads struct {
	parts []*writtenPart
	all   []op.AttentionHead // of all parts
}

// A writtenPart is a tensor of logits: (Tq, Tk), (batch, Tq, Tk) or (batch, heads, Tq, Tk).
type writtenPart struct {
	*structure.Head
	batch, heads, queries, keys int
	first                       int // index of its first head
	transposed                  bool
}

// measureWritten sets what measures heads that are written out, and returns the number of samples; 0 if they cannot be measured.
func (a *attention) measureWritten(s *structure.Attention) (batch int) {
	m := &writtenHeads{}
	for _, h := range s.Heads {
		part := newWrittenPart(h)
		if part == nil || len(m.parts) > 0 && (part.batch != batch || part.queries != a.Queries || part.keys != a.Keys) {
			return 0
		}
		part.first, batch = len(m.all), part.batch
		a.Queries, a.Keys = part.queries, part.keys
		m.parts, m.all = append(m.parts, part), append(m.all, make([]op.AttentionHead, part.heads)...)
	}
	a.heads, a.Heads = m, len(m.all)
	return batch
}

func newWrittenPart(h *structure.Head) *writtenPart {
	shape := h.Logits.Shape()
	p := &writtenPart{Head: h, batch: 1, heads: 1}
	switch len(shape) {
	case 4:
		p.batch, p.heads = shape[0], shape[1]
	case 3:
		p.batch = shape[0]
	case 2:
	default:
		return nil
	}
	p.queries, p.keys = shape[len(shape)-2], shape[len(shape)-1]
	scores, softmax := op.SpecOf(h.Scores), op.SpecOf(h.Weights)
	overKeys := softmax.Kind != op.KindSoftmax || len(softmax.Axes) == 0 || softmax.Axes[0] == -1 || softmax.Axes[0] == len(shape)-1
	if scores.TransA || softmax.Name != "" || !overKeys || !h.Scores.Shape().Eq(shape) {
		return nil
	}
	p.transposed = scores.TransB
	return p
}

func (m *writtenHeads) tap(w *probe, side func() int, done func([]op.AttentionHead)) {
	for _, p := range m.parts {
		heads := m.all[p.first:][:p.heads]
		tap := func(n *gorgonia.Node, f func(v gorgonia.Value)) {
			w.details.Tap(n, func(v gorgonia.Value) {
				if w.record != nil {
					defer w.clock.stop(w.clock.start())
					f(v)
				}
			})
		}
		operands := op.Operands(p.Scores)
		tap(operands[0], func(v gorgonia.Value) {
			p.measureNorms(v, p.queries, false, func(h int, l2 float64) { heads[h].QueryL2 = l2 })
		})
		tap(operands[1], func(v gorgonia.Value) {
			p.measureNorms(v, p.keys, !p.transposed, func(h int, l2 float64) { heads[h].KeyL2 = l2 })
		})
		tap(p.Logits, func(v gorgonia.Value) {
			if single, double := elements(v); single != nil {
				measureLogits(p, single, side(), heads)
			} else {
				measureLogits(p, double, side(), heads)
			}
			done(m.all)
		})
	}
}

// measureNorms gives the mean norm of the queries or keys of each head: rows of n vectors, or columns.
func (p *writtenPart) measureNorms(v gorgonia.Value, n int, columns bool, note func(head int, l2 float64)) {
	single, double := elements(v)
	if single != nil {
		for h := range p.heads {
			note(h, meanNorm(p, single, h, n, columns))
		}
		return
	}
	for h := range p.heads {
		note(h, meanNorm(p, double, h, n, columns))
	}
}

func meanNorm[T kernel.Float](p *writtenPart, x []T, head, n int, columns bool) float64 {
	matrix := len(x) / (p.batch * p.heads)
	width, sum := matrix/n, 0.0
	for sample := range p.batch {
		m := x[(sample*p.heads+head)*matrix:][:matrix]
		for i := range n {
			square := 0.0
			for j := range width {
				at := i*width + j
				if columns {
					at = j*n + i
				}
				square += float64(m[at]) * float64(m[at])
			}
			sum += math.Sqrt(square)
		}
	}
	return sum / float64(p.batch*n)
}

// leastLogit is how far below the largest logit of a query one may be for its key to count as seen: exp of it is the smallest float64.
const leastLogit = -745

// measureLogits measures heads, all but the norms.
func measureLogits[T kernel.Float](p *writtenPart, logits []T, side int, heads []op.AttentionHead) {
	rows, cols := min(side, p.queries), min(side, p.keys)
	for k := range heads {
		h := op.AttentionHead{Top: math.Inf(-1), QueryL2: heads[k].QueryL2, KeyL2: heads[k].KeyL2, Rows: rows, Cols: cols, Map: make([]float64, rows*cols)}
		inRow, n := make([]float64, rows), 0.0
		for sample := range p.batch {
			for i := range p.queries {
				row := logits[((sample*p.heads+k)*p.queries+i)*p.keys:][:p.keys]
				at := 0
				if rows > 0 {
					at = ((i+1)*rows - 1) / p.queries
				}
				if addQuery(&h, row, at) {
					n++
					if rows > 0 {
						inRow[at]++
					}
				}
			}
		}
		h.Entropy, h.Even, h.First = h.Entropy/max(n, 1), h.Even/max(n, 1), h.First/max(n, 1)
		for i := range h.Map {
			h.Map[i] /= max(inRow[i/cols], 1)
		}
		heads[k] = h
	}
}

// addQuery adds the logits of a query to the sums of its head; false if it sees no key.
func addQuery[T kernel.Float](h *op.AttentionHead, logits []T, row int) bool {
	top, sum, weighted, seen := math.Inf(-1), 0.0, 0.0, 0
	for _, v := range logits {
		top = max(top, float64(v))
	}
	if math.IsInf(top, -1) {
		return false
	}
	for _, v := range logits {
		if d := float64(v) - top; d > leastLogit {
			e := math.Exp(d)
			sum, weighted, seen = sum+e, weighted+e*d, seen+1
		}
	}
	h.Top, h.Entropy, h.Even = max(h.Top, top), h.Entropy+math.Log(sum)-weighted/sum, h.Even+math.Log(float64(seen))
	h.First += math.Exp(float64(logits[0])-top) / sum
	for j, v := range logits {
		if h.Cols > 0 {
			h.Map[row*h.Cols+((j+1)*h.Cols-1)/len(logits)] += math.Exp(float64(v)-top) / sum
		}
	}
	return true
}
