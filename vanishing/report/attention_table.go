package report

import (
	"math"
	"strconv"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// attentionTable shows the heads of each attention, from the flattest to the sharpest one, and how alike the tokens are.
func attentionTable(say vanishing.Language, p vanishing.Profile, r vanishing.Record) table {
	g := table{
		title: say.Sprintf("Attention in step %d:", r.Step),
		head: []string{say.Text("depth"), say.Text("attention"), say.Text("heads"), say.Text("largest\nlogit"), say.Text("spread"), say.Text("first\ntoken"),
			say.Text("queries"), say.Text("keys"), say.Text("alike\nbefore"), say.Text("alike\nafter"), say.Text("write")}, left: 1,
		note: say.Text("spread: entropy of the probabilities over that of even ones, from the sharpest head to the flattest; 0% looks at one token, 100% at all alike. first token: the largest share that a head gives it. queries, keys: the largest mean norm of a head. alike: mean cosine between two tokens of a sample, 1 if their rank has collapsed. write: size of what the block adds over that of the sum."),
	}
	list := r.Details.Attentions
	picked := pick(len(list), nil)
	for i, k := range picked {
		if row := gap(say, picked, i, "attention"); row != nil {
			g.rows = append(g.rows, row)
		}
		g.rows = append(g.rows, attentionRow(p, r, k))
	}
	return g
}

func attentionRow(p vanishing.Profile, r vanishing.Record, k int) []string {
	a, d := p.Attentions[k], r.Details.Attentions[k]
	depth, write := "-", math.NaN()
	if a.Output >= 0 {
		depth = strconv.Itoa(p.Layers[a.Output].Depth)
		write = writeAround(p, r, a.Output)
	}
	over := func(of func(profile.HeadDetail) float64) (low, high float64) {
		low, high = math.NaN(), math.NaN()
		for _, h := range d.Heads {
			if v := of(h); !math.IsNaN(v) && !(low <= v) {
				low = v
			}
			if v := of(h); !math.IsNaN(v) && !(high >= v) {
				high = v
			}
		}
		return low, high
	}
	_, logit := over(func(h profile.HeadDetail) float64 { return float64(h.LargestLogit) })
	sharp, flat := over(profile.HeadDetail.Spread)
	_, first := over(func(h profile.HeadDetail) float64 { return float64(h.FirstShare) })
	_, queries := over(func(h profile.HeadDetail) float64 { return float64(h.QueryL2) })
	_, keys := over(func(h profile.HeadDetail) float64 { return float64(h.KeyL2) })
	spread := percent(sharp, 0)
	if last := percent(flat, 0); last != spread {
		spread += " - " + last
	}
	return []string{depth, a.Path, strconv.Itoa(a.Heads), known("%.3g", logit), spread, percent(first, 0), known("%.3g", queries), known("%.3g", keys),
		known("%.2f", float64(d.CosineIn)), known("%.2f", float64(d.CosineOut)), known("%.2f", write)}
}

// writeAround is the share that the smallest block around a layer writes; NaN if it is unknown.
func writeAround(p vanishing.Profile, r vanishing.Record, layer int) float64 {
	found, share := -1, math.NaN()
	for i, b := range p.Blocks {
		if b.First <= layer && layer <= b.Last && i < len(r.Details.Writes) && (found < 0 || b.Last-b.First < p.Blocks[found].Last-p.Blocks[found].First) {
			found, share = i, float64(r.Details.Writes[i])
		}
	}
	return share
}
