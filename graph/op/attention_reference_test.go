package op_test

import (
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A plainAttention computes a case of attention as it is defined, with whole rows of probabilities.
type plainAttention struct {
	attentionCase
	q, k, v *tensor.Dense
	masks   []*tensor.Dense
}

// head is the columns of a head in a row of a sample.
func (a plainAttention) head(x *tensor.Dense, sample, row, head int) []float64 {
	rows, features := x.Shape()[1], x.Shape()[2]
	width := features / a.heads
	return x.Float64s()[(sample*rows+row)*features+head*width:][:width]
}

// logits are those of the keys that a query sees.
func (a plainAttention) logits(sample, head, query int) (list []float64) {
	scale, keys, masks := a.scale, a.keys, a.masks
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(a.width))
	}
	if a.lengths {
		keys, masks = masks[0].Ints()[sample], masks[1:]
	}
	for j := range keys {
		if a.causal && j > query+a.keys-a.queries {
			break
		}
		s := 0.0
		for i, v := range a.head(a.q, sample, query, head) {
			s += scale * v * a.head(a.k, sample, j, head)[i]
		}
		row := query
		if a.mask == 4 {
			row += (sample*a.heads + head) * a.queries
		}
		if a.mask > 0 {
			s += masks[0].Float64s()[row*a.keys+j]
		}
		list = append(list, s)
	}
	return list
}

// probabilities are the softmax of logits, or nothing if all are -Inf.
func probabilities(logits []float64) (p []float64) {
	if len(logits) == 0 || math.IsInf(slices.Max(logits), -1) {
		return nil
	}
	sum, top := 0.0, slices.Max(logits)
	for _, s := range logits {
		p = append(p, math.Exp(s-top))
		sum += p[len(p)-1]
	}
	for j := range p {
		p[j] /= sum
	}
	return p
}

// result is the result of the attention.
func (a plainAttention) result() (out []float64) {
	for sample := range a.batch {
		for i := range a.queries {
			for head := range a.heads {
				y := make([]float64, a.valueWidth)
				for j, p := range probabilities(a.logits(sample, head, i)) {
					for c, v := range a.head(a.v, sample, j, head) {
						y[c] += p * v
					}
				}
				out = append(out, y...)
			}
		}
	}
	return out
}

// measured are the measurements of each head, with maps of so many rows and columns at most.
func (a plainAttention) measured(side int, paddedQueries bool) (list []op.AttentionHead) {
	for head := range a.heads {
		h := op.AttentionHead{Top: math.Inf(-1), Rows: min(side, a.queries), Cols: min(side, a.keys)}
		h.Map = make([]float64, h.Rows*h.Cols)
		n, keys, inRow := 0.0, 0.0, make([]float64, h.Rows)
		for sample := range a.batch {
			length := a.keys
			if a.lengths {
				length = a.masks[0].Ints()[sample]
			}
			for j := range length {
				h.KeyL2, keys = h.KeyL2+norm(a.head(a.k, sample, j, head)), keys+1
			}
			for i := range a.queries {
				logits := a.logits(sample, head, i)
				p := probabilities(logits)
				if p == nil || a.lengths && paddedQueries && i >= length {
					continue
				}
				h.Top, h.First, n = max(h.Top, slices.Max(logits)), h.First+p[0], n+1
				h.QueryL2 += norm(a.head(a.q, sample, i, head))
				row, seen := 0, 0.0
				for h.Rows > 0 && (row+1)*a.queries/h.Rows <= i {
					row++
				}
				if h.Rows > 0 {
					inRow[row]++
				}
				col := 0
				for j, v := range p {
					for h.Cols > 0 && (col+1)*a.keys/h.Cols <= j {
						col++
					}
					if h.Rows > 0 {
						h.Map[row*h.Cols+col] += v
					}
					if !math.IsInf(logits[j], -1) {
						seen++
					}
					if v > 0 {
						h.Entropy -= v * math.Log(v)
					}
				}
				h.Even += math.Log(seen)
			}
		}
		for _, mean := range []*float64{&h.Entropy, &h.Even, &h.First, &h.QueryL2} {
			*mean /= max(n, 1)
		}
		h.KeyL2 /= max(keys, 1)
		for i := range h.Map {
			h.Map[i] /= max(inRow[i/h.Cols], 1)
		}
		list = append(list, h)
	}
	return list
}

func norm(x []float64) (l2 float64) {
	for _, v := range x {
		l2 = math.Hypot(l2, v)
	}
	return l2
}
