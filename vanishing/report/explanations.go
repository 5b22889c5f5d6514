package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// explanations are the tables after the table of the layers.
func explanations(d vanishing.Diagnosis) []table {
	p, say, tables := d.Profile, d.Language, []table{gainTable(d)}
	if r := present.LastDetailed(p.Records); r != nil {
		tables = append(tables, blockTable(say, p, *r), attentionTable(say, p, *r))
	}
	tables = append(tables, sequenceTables(d)...)
	return append(tables, pathTable(say, p), sharpnessTable(say, p), trialTable(say, p))
}

// blockTable shows the gradient at the input of each residual block, and its parts through the skip and the branch.
func blockTable(say vanishing.Language, p vanishing.Profile, r vanishing.Record) table {
	g := table{
		title: say.Sprintf("Residual blocks in step %d, the gradient at each block's input (RMS):", r.Step),
		head:  []string{say.Text("layers"), say.Text("block"), say.Text("all"), say.Text("skip"), say.Text("branch"), say.Text("cosine")}, left: 1,
		note: say.Text("skip and branch: the parts that came through them, which add as vectors. cosine: of the angle between the two."),
	}
	blocks := r.Details.Blocks
	picked := pick(len(blocks), nil)
	for i, k := range picked {
		if row := gap(say, picked, i, "block"); row != nil {
			g.rows = append(g.rows, row)
		}
		row := []string{depths(p, p.Blocks[k]), p.Blocks[k].Path, "-", "-", "-", "-"}
		if block := blocks[k]; block != nil {
			row = append(row[:2], ratio(block.TotalRMS), ratio(block.SkipRMS), ratio(block.BranchRMS), decades(block.Cosine))
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// depths are those of a block's branch, as "3-4"; a dash for a branch without a layer.
func depths(p vanishing.Profile, b profile.Block) string {
	if b.Last < b.First {
		return "-"
	}
	return fmt.Sprintf("%d-%d", p.Layers[b.First].Depth, p.Layers[b.Last].Depth)
}

// pathTable shows the last path-length spectrum, without the lengths whose share is below a thousandth.
func pathTable(say vanishing.Language, p vanishing.Profile) table {
	if len(p.Paths) == 0 {
		return table{}
	}
	s, expected := p.Paths[len(p.Paths)-1], p.Paths[0].Expected
	g := table{
		title: say.Sprintf("Paths of the gradient in step %d, by the branches that they pass (%.1f of %d on average):", s.Step, s.Mean, len(s.Shares)-1),
		head:  []string{say.Text("branches"), say.Text("share"), say.Text("expected")}, left: 0,
		note: say.Text("share: of the squared norms of the parts, which sum to the gradient. expected: by theory, at initialisation."),
	}
	const small = 0.001
	hidden := 0
	for k, share := range s.Shares {
		expectation := profile.Number(math.NaN())
		if k < len(expected) {
			expectation = expected[k]
		}
		if share < small && !(expectation >= small) || len(g.rows) == maxRows {
			hidden++
			continue
		}
		g.rows = append(g.rows, []string{fmt.Sprint(k), percent(share, 1), percent(expectation, 1)})
	}
	if hidden > 0 {
		g.note = say.Sentences(g.note, say.Sprintf("%d lengths with less than 0.1%% each are not shown.", hidden))
	}
	return g
}

// trialTable shows the outcomes of remedies on one batch.
func trialTable(say vanishing.Language, p vanishing.Profile) table {
	g := table{
		title: say.Text("Remedies, tried on a copy of the network with one batch, by the loss after a few steps, those with a level gradient first:"),
		head:  []string{say.Text("remedy"), say.Text("change"), say.Text("early"), say.Text("late"), say.Text("loss"), say.Text("after")}, left: 0,
		note: say.Text("change: decades that the gradient gains over the depth, 0 is level. early, late: update ratio of the first and the last hidden layer's weight. after: the loss after a few steps."),
	}
	for _, t := range p.Trials {
		name := say.Stored(t.Name)
		row := []string{name, "-", "-", "-", "-", "-"}
		if o := t.Outcome; o != nil {
			row = []string{name, decades(o.Change), ratio(o.Early), ratio(o.Late), number(o.Loss), number(o.After)}
		}
		g.rows = append(g.rows, row)
		for _, text := range []string{t.Code, t.Note} {
			if text != "" {
				g.note = say.Sentences(g.note, say.Sprintf("%s: %s.", name, strings.TrimSuffix(say.Stored(text), ".")))
			}
		}
	}
	return g
}
