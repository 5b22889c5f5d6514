package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
)

// budgetGrid shows, layer by layer, where the gradient's size went, and what theory says of it.
func budgetGrid(p vanishing.Profile) grid {
	b := vanishing.NewBudget(p)
	g := grid{
		title: "Where the gradient's size goes, in decades (factors of ten) on its way back from the next layer:",
		head:  []string{"depth", "layer", "all", "weight", "activ", "norm", "skip", "other"}, left: 1,
		note: "all: sum of the parts. weight: the next layer's W^T. activ: the product with phi'(z). norm: normalisation, and the scale of a branch. skip: a skip that joins.",
	}
	if p.Theory != nil && p.Theory.None == "" {
		g.head = append(g.head, "z", "z step")
		g.note += " z: standard deviations from what theory expects, of the size and of the change from the next layer; ! beyond 4."
	}
	found := false
	score := oddness(p, p.MedianDeltaRMS())
	for l := range score {
		found = found || !math.IsNaN(b.ByLayer[l].Total())
		if p.Theory != nil && math.Abs(worst(p.Theory, l)) > oddZ {
			score[l] += 1000 // before all others
		}
	}
	if !found && len(g.head) == 8 {
		return grid{}
	}
	picked := pick(len(p.Layers), score)
	for i, l := range picked {
		if row := gap(picked, i, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		parts := b.ByLayer[l]
		row := []string{fmt.Sprint(p.Layers[l].Depth), oneLine(p.Layers[l].Path)}
		for _, v := range []float64{parts.Total(), parts.Weight, parts.Activation, parts.Norm, parts.Skip, parts.Other} {
			row = append(row, decades(v))
		}
		if len(g.head) > 8 {
			row = append(row, zScore(at(p.Theory.Z, l)), zScore(at(p.Theory.Step, l)))
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// decades writes a change on a logarithmic scale in at most five columns.
func decades(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case size >= 99.95:
		return signed(v, 0)
	case size >= 9.995:
		return signed(v, 1)
	}
	return signed(v, 2)
}

// zScore marks what is beyond oddZ.
func zScore(z float64) string {
	switch size := math.Abs(z); {
	case math.IsNaN(z):
		return "-"
	case size >= 999.5:
		return fmt.Sprintf("%+.0e!", z)
	case size > oddZ:
		return signed(z, 1) + "!"
	}
	return signed(z, 1)
}

// signed writes a change with its sign; what rounds to zero has none.
func signed(v float64, decimals int) string {
	text := fmt.Sprintf("%+.*f", decimals, v)
	if strings.Trim(text, "+-0.") == "" {
		return text[1:]
	}
	return text
}

// blocksGrid shows the gradient at the input of each residual block, split into what came through the skip and the branch.
func blocksGrid(p vanishing.Profile, r vanishing.Record) grid {
	g := grid{
		title: fmt.Sprintf("Residual blocks in step %d, the gradient at each block's input (RMS):", r.Step),
		head:  []string{"layers", "block", "all", "skip", "branch", "cosine"}, left: 1,
		note: "skip and branch: the parts that came through them, which add as vectors. cosine: of the angle between the two.",
	}
	if len(r.Blocks) != len(p.Blocks) {
		return grid{}
	}
	picked := pick(len(r.Blocks), nil)
	for i, k := range picked {
		if row := gap(picked, i, "block"); row != nil {
			g.rows = append(g.rows, row)
		}
		block := r.Blocks[k]
		g.rows = append(g.rows, []string{depths(p, p.Blocks[k]), oneLine(p.Blocks[k].Path),
			ratio(block.TotalRMS), ratio(block.SkipRMS), ratio(block.BranchRMS), decades(block.Cosine)})
	}
	return g
}

// depths are those of a block's branch, as "3-4".
func depths(p vanishing.Profile, b vanishing.Block) string {
	if b.First < 0 || b.Last >= len(p.Layers) {
		return "-"
	}
	return fmt.Sprintf("%d-%d", p.Layers[b.First].Depth, p.Layers[b.Last].Depth)
}

// pathsGrid shows the last path-length spectrum: as many rows as hold all but a thousandth of the gradient.
func pathsGrid(p vanishing.Profile) grid {
	if len(p.Paths) == 0 {
		return grid{}
	}
	s := p.Paths[len(p.Paths)-1]
	g := grid{
		title: fmt.Sprintf("Paths of the gradient in step %d, by the branches that they pass (%.1f of %d on average):", s.Step, s.Mean, len(s.Shares)-1),
		head:  []string{"branches", "share", "expected"}, left: 0,
		note: "share: of the squared norms of the parts, which sum to the gradient. expected: by theory, at initialisation.",
	}
	const small = 0.001
	left := 0
	for k, share := range s.Shares {
		if share < small && !(at(s.Expected, k) >= small) {
			left++
			continue
		}
		if len(g.rows) == maxRows {
			left++
			continue
		}
		g.rows = append(g.rows, []string{fmt.Sprint(k), percentOf(share), percentOf(at(s.Expected, k))})
	}
	if left > 0 {
		g.note += fmt.Sprintf(" %d lengths with less than 0.1%% each are not shown.", left)
	}
	return g
}

// percentOf writes a share that may not be known.
func percentOf(share float64) string {
	if math.IsNaN(share) {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*share)
}

// trialsGrid shows what remedies did to the profile of one batch.
func trialsGrid(p vanishing.Profile) grid {
	g := grid{
		title: "Remedies, tried on a copy of the network with one batch, the best first:",
		head:  []string{"remedy", "change", "early", "late", "loss", "after"}, left: 0,
		note: "change: decades that the gradient gains over the depth, 0 is level. early, late: update ratio of the first and the last hidden layer's weight. after: the loss after a few steps.",
	}
	for _, t := range p.Trials {
		row := []string{oneLine(t.Name), "-", "-", "-", "-", "-"}
		if t.Tried {
			row = []string{oneLine(t.Name), decades(t.Change), ratio(t.Early), ratio(t.Late), number(t.Loss), number(t.After)}
		}
		g.rows = append(g.rows, row)
		for _, text := range []string{t.Code, t.Note} {
			if text != "" {
				g.note += fmt.Sprintf(" %s: %s.", oneLine(t.Name), strings.TrimSuffix(oneLine(text), "."))
			}
		}
	}
	return g
}

// number writes a loss.
func number(v float64) string { return fmt.Sprintf("%.4g", v) }

// explanations are the tables below that of the layers.
func explanations(p vanishing.Profile) []grid {
	grids := []grid{budgetGrid(p)}
	if r := lastDetailed(p.Records); r != nil {
		grids = append(grids, blocksGrid(p, *r))
	}
	return append(grids, pathsGrid(p), trialsGrid(p))
}

// lastDetailed is the last record with details; nil if there is none.
func lastDetailed(records []vanishing.Record) *vanishing.Record {
	for i := len(records) - 1; i >= 0; i-- {
		if records[i].Details {
			return &records[i]
		}
	}
	return nil
}

// findingsGrid lists what the rules found.
func findingsGrid(vanishing.Profile, vanishing.Diagnosis) grid { return grid{} }
