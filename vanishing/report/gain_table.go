package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// gainColumns are the parts of the gains, with what their columns are called and what is said of them.
var gainColumns = []struct {
	name, note string
	always     bool // a column of zeros is left out otherwise
	of         func(*vanishing.Gains) float64
}{
	{"all", "all: sum of the parts.", true, func(g *vanishing.Gains) float64 { return g.Total() }},
	{"weight", "weight: the next layer's W^T.", true, func(g *vanishing.Gains) float64 { return float64(g.Weight) }},
	{"activ", "activ: the product with phi'(z).", true, func(g *vanishing.Gains) float64 { return float64(g.Activation) }},
	{"norm", "norm: normalisation, and the scale of a branch.", false, func(g *vanishing.Gains) float64 { return float64(g.Norm) }},
	{"skip", "skip: a skip that joins.", false, func(g *vanishing.Gains) float64 { return float64(g.Skip) }},
	{"other", "other: other operations.", false, func(g *vanishing.Gains) float64 { return float64(g.Other) }},
}

// gainTable shows, layer by layer, where the gradient's size went, and what theory says of it. It is empty if neither is
// known.
func gainTable(d vanishing.Diagnosis) table {
	p, gains := d.Profile, d.Budget.ByLayer
	theory := p.Theory != nil && p.Theory.None == ""
	if !theory && !slices.ContainsFunc(gains, func(g *vanishing.Gains) bool { return g != nil && !math.IsNaN(g.Total()) }) {
		return table{}
	}
	g := table{
		title: "Where the gradient's size goes, in decades (factors of ten) on its way back from the next layer:",
		head:  []string{"depth", "layer"}, left: 1,
	}
	score := oddness(p, d.DeltaRMS)
	for l := range score {
		if theory && math.Abs(d.Departures[l]) > vanishing.OddZ {
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
	for _, c := range gainColumns {
		of := func(g *vanishing.Gains) float64 {
			if g == nil {
				return math.NaN()
			}
			return c.of(g)
		}
		if c.always || slices.ContainsFunc(gains, func(g *vanishing.Gains) bool { v := of(g); return v != 0 && !math.IsNaN(v) }) {
			column(c.name, c.note, func(l int) string { return decades(of(gains[l])) })
		}
	}
	if theory {
		expected := func(of func(*vanishing.LayerTheory) profile.Number) func(l int) string {
			return func(l int) string {
				if e := p.Theory.Layer(l); e != nil {
					return zScore(float64(of(e)))
				}
				return "-"
			}
		}
		column("z", "z: standard deviations from what theory expects, of the size; ! beyond 4.", expected(func(e *vanishing.LayerTheory) profile.Number { return e.Z }))
		column("z step", "z step: those of the change from the next layer.", expected(func(e *vanishing.LayerTheory) profile.Number { return e.Step }))
	}
	for i := range picked {
		if row := gap(picked, i, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		g.rows = append(g.rows, cells[i])
	}
	return g
}
