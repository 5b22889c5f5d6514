package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// budgetColumns are the parts of the gains, with what their columns are called and what is said of them.
var budgetColumns = []struct {
	name, note string
	always     bool // a column of zeros is left out otherwise
	of         func(vanishing.Gains) float64
}{
	{"all", "all: sum of the parts.", true, vanishing.Gains.Total},
	{"weight", "weight: the next layer's W^T.", true, func(g vanishing.Gains) float64 { return g.Weight }},
	{"activ", "activ: the product with phi'(z).", true, func(g vanishing.Gains) float64 { return g.Activation }},
	{"norm", "norm: normalisation, and the scale of a branch.", false, func(g vanishing.Gains) float64 { return g.Norm }},
	{"skip", "skip: a skip that joins.", false, func(g vanishing.Gains) float64 { return g.Skip }},
	{"other", "other: other operations.", false, func(g vanishing.Gains) float64 { return g.Other }},
}

// budgetGrid shows, layer by layer, where the gradient's size went, and what theory says of it. It is empty if neither is
// known.
func budgetGrid(p vanishing.Profile) grid {
	gains := vanishing.NewBudget(p).ByLayer
	theory := p.Theory != nil && p.Theory.None == ""
	if !theory && !slices.ContainsFunc(gains, func(g vanishing.Gains) bool { return !math.IsNaN(g.Total()) }) {
		return grid{}
	}
	g := grid{
		title: "Where the gradient's size goes, in decades (factors of ten) on its way back from the next layer:",
		head:  []string{"depth", "layer"}, left: 1,
	}
	score := oddness(p, p.MedianDeltaRMS())
	for l := range score {
		if theory && math.Abs(present.Worst(p.Theory, l)) > present.OddZ {
			score[l] += 1000 // before all others
		}
	}
	picked := pick(len(p.Layers), score)
	cells := make([][]string, len(picked))
	for i, l := range picked {
		cells[i] = []string{fmt.Sprint(p.Layers[l].Depth), p.Layers[l].Path}
	}
	column := func(name, note string, of func(l int) string) {
		g.head, g.note = append(g.head, name), strings.TrimSpace(g.note+" "+note)
		for i, l := range picked {
			cells[i] = append(cells[i], of(l))
		}
	}
	for _, c := range budgetColumns {
		zero := func(g vanishing.Gains) bool { v := c.of(g); return v == 0 || math.IsNaN(v) }
		if c.always || slices.ContainsFunc(gains, func(g vanishing.Gains) bool { return !zero(g) }) {
			column(c.name, c.note, func(l int) string { return decades(c.of(gains[l])) })
		}
	}
	if theory {
		column("z", "z: standard deviations from what theory expects, of the size; ! beyond 4.", func(l int) string { return zScore(present.At(p.Theory.Z, l)) })
		column("z step", "z step: those of the change from the next layer.", func(l int) string { return zScore(present.At(p.Theory.Step, l)) })
	}
	for i := range picked {
		if row := gap(picked, i, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		g.rows = append(g.rows, cells[i])
	}
	return g
}

// decades writes a change on a logarithmic scale in at most five columns.
func decades(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case size >= 99.95:
		return present.Signed(v, 0)
	case size >= 9.995:
		return present.Signed(v, 1)
	}
	return present.Signed(v, 2)
}

// zScore marks what is beyond present.OddZ.
func zScore(z float64) string {
	switch size := math.Abs(z); {
	case math.IsNaN(z), math.IsInf(z, 0):
		return "-"
	case size >= 999.5:
		return fmt.Sprintf("%+.0e!", z)
	case size > present.OddZ:
		return present.Signed(z, 1) + "!"
	}
	return present.Signed(z, 1)
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
		g.rows = append(g.rows, []string{depths(p, p.Blocks[k]), p.Blocks[k].Path,
			ratio(block.TotalRMS), ratio(block.SkipRMS), ratio(block.BranchRMS), decades(block.Cosine)})
	}
	return g
}

// depths are those of a block's branch, as "3-4". A branch without a layer has none.
func depths(p vanishing.Profile, b vanishing.Block) string {
	if b.Last < b.First {
		return "-"
	}
	return fmt.Sprintf("%d-%d", p.Layers[b.First].Depth, p.Layers[b.Last].Depth)
}

// pathsGrid shows the last path-length spectrum: as many rows as hold all but a thousandth of the gradient.
func pathsGrid(p vanishing.Profile) grid {
	if len(p.Paths) == 0 {
		return grid{}
	}
	s, expected := p.Paths[len(p.Paths)-1], p.Paths[0].Expected
	g := grid{
		title: fmt.Sprintf("Paths of the gradient in step %d, by the branches that they pass (%.1f of %d on average):", s.Step, s.Mean, len(s.Shares)-1),
		head:  []string{"branches", "share", "expected"}, left: 0,
		note: "share: of the squared norms of the parts, which sum to the gradient. expected: by theory, at initialisation.",
	}
	const small = 0.001
	left := 0
	for k, share := range s.Shares {
		if share < small && !(present.At(expected, k) >= small) {
			left++
			continue
		}
		if len(g.rows) == maxRows {
			left++
			continue
		}
		g.rows = append(g.rows, []string{fmt.Sprint(k), percentOf(share), percentOf(present.At(expected, k))})
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
		row := []string{t.Name, "-", "-", "-", "-", "-"}
		if t.Tried {
			row = []string{t.Name, decades(t.Change), ratio(t.Early), ratio(t.Late), number(t.Loss), number(t.After)}
		}
		g.rows = append(g.rows, row)
		for _, text := range []string{t.Code, t.Note} {
			if text != "" {
				g.note += fmt.Sprintf(" %s: %s.", t.Name, strings.TrimSuffix(text, "."))
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
	if r := present.LastDetailed(p.Records); r != nil {
		grids = append(grids, blocksGrid(p, *r))
	}
	return append(grids, pathsGrid(p), trialsGrid(p))
}
