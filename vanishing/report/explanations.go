package report

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// explanations are the tables below that of the layers.
func explanations(p vanishing.Profile) []table {
	tables := []table{gainTable(p)}
	if r := present.LastDetailed(p.Records); r != nil {
		tables = append(tables, blockTable(p, *r))
	}
	return append(tables, pathTable(p), trialTable(p))
}

// blockTable shows the gradient at the input of each residual block, split into what came through the skip and the branch.
func blockTable(p vanishing.Profile, r vanishing.Record) table {
	g := table{
		title: fmt.Sprintf("Residual blocks in step %d, the gradient at each block's input (RMS):", r.Step),
		head:  []string{"layers", "block", "all", "skip", "branch", "cosine"}, left: 1,
		note: "skip and branch: the parts that came through them, which add as vectors. cosine: of the angle between the two.",
	}
	if len(r.Blocks) != len(p.Blocks) {
		return table{}
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

// pathTable shows the last path-length spectrum: as many rows as hold all but a thousandth of the gradient.
func pathTable(p vanishing.Profile) table {
	if len(p.Paths) == 0 {
		return table{}
	}
	s, expected := p.Paths[len(p.Paths)-1], p.Paths[0].Expected
	g := table{
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
		g.rows = append(g.rows, []string{fmt.Sprint(k), percent(share, 1), percent(present.At(expected, k), 1)})
	}
	if left > 0 {
		g.note += fmt.Sprintf(" %d lengths with less than 0.1%% each are not shown.", left)
	}
	return g
}

// trialTable shows what remedies did to the profile of one batch.
func trialTable(p vanishing.Profile) table {
	g := table{
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
