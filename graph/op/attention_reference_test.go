package op_test

import (
	"math"
	"slices"

	"gorgonia.org/tensor"
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

// statistics are the largest logit, the mean entropy and the mean share of the first key of each head.
func (a plainAttention) statistics() (out []float64) {
	for head := range a.heads {
		top, entropy, first, n := math.Inf(-1), 0.0, 0.0, 0.0
		for sample := range a.batch {
			for i := range a.queries {
				logits := a.logits(sample, head, i)
				p := probabilities(logits)
				if p == nil {
					continue
				}
				top, first, n = max(top, slices.Max(logits)), first+p[0], n+1
				for _, v := range p {
					if v > 0 {
						entropy -= v * math.Log(v)
					}
				}
			}
		}
		out = append(out, top, entropy/n, first/n)
	}
	return out
}
