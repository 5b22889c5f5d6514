package madeup

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// WithAttention adds attentions of some heads to a profile, each with the output of its last blocks or layers, causal and of 64 tokens. From
// the first record with details to the last, their logits grow by a factor and their spread falls by it; 1 leaves both.
func WithAttention(p profile.Profile, attentions, heads int, growth float64) profile.Profile {
	for i := range attentions {
		p.Attentions = append(p.Attentions, profile.Attention{
			Path: fmt.Sprintf("layers/%d/attention", i), Output: (i + 1) * (len(p.Layers) - 1) / (attentions + 1), Heads: heads, Queries: 64, Keys: 64, Causal: true,
		})
	}
	for k := range p.Records {
		r := &p.Records[k]
		part := math.Pow(growth, float64(k)/float64(max(len(p.Records)-1, 1)))
		if r.Details != nil {
			for i := range attentions {
				r.Details.Attentions = append(r.Details.Attentions, attentionDetail(i, heads, part))
			}
			for b := range p.Blocks {
				r.Details.Writes = append(r.Details.Writes, profile.Number(1/math.Sqrt(float64(b+2))))
			}
		}
		if r.Histograms != nil {
			for i := range attentions {
				r.Histograms.Attentions = append(r.Histograms.Attentions, attentionMap(i, heads, part))
			}
		}
	}
	return p
}

func attentionDetail(i, heads int, growth float64) profile.AttentionDetail {
	d := profile.AttentionDetail{CosineIn: 0.1 * profile.Number(i+1), CosineOut: 0.1*profile.Number(i+1) + 0.05}
	for h := range heads {
		d.Heads = append(d.Heads, profile.HeadDetail{
			LargestLogit: profile.Number(4 * growth * (1 + float64(h)/float64(heads))), Entropy: profile.Number(3 * (0.9 - 0.2*float64(h)/float64(heads)) / growth),
			EvenEntropy: 3, FirstShare: 0.08 + profile.Number(h)*0.1/profile.Number(heads), QueryL2: 2 * profile.Number(growth), KeyL2: 2,
		})
	}
	return d
}

// attentionMap has a diagonal in some heads, the first token in others, and even rows in the rest. They get sharper with growth.
func attentionMap(i, heads int, growth float64) profile.AttentionMap {
	const side = 16
	m := profile.AttentionMap{Rows: side, Columns: side}
	for h := range heads {
		cells := make([]int, side*side)
		for r := range side {
			weights, sum := make([]float64, r+1), 0.0
			for c := range weights {
				score := 0.0
				switch (h + i) % 3 {
				case 1:
					score = -0.3 * growth * float64(r-c)
				case 2:
					score = -0.5 * growth * float64(min(c, 3))
				}
				weights[c] = math.Exp(score)
				sum += weights[c]
			}
			for c, w := range weights {
				cells[r*side+c] = int(1000*w/sum + 0.5)
			}
		}
		m.Heads = append(m.Heads, cells)
	}
	return m
}
