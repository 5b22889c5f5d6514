package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// gainColumns are the parts of the gains, with the heading and the note of their columns.
var gainColumns = []struct {
	name, note string
	always     bool // shown even if all of it is zero
	of         func(*profile.Gains) float64
}{
	{lang.Key("all"), lang.Key("all: sum of the parts."), true, func(g *profile.Gains) float64 { return g.Total() }},
	{lang.Key("weight"), lang.Key("weight: the next layer's W^T."), true, func(g *profile.Gains) float64 { return float64(g.Weight) }},
	{lang.Key("activ"), lang.Key("activ: the product with phi'(z)."), true, func(g *profile.Gains) float64 { return float64(g.Activation) }},
	{lang.Key("norm"), lang.Key("norm: normalisation, and the scale of a branch."), false, func(g *profile.Gains) float64 { return float64(g.Norm) }},
	{lang.Key("skip"), lang.Key("skip: a skip that joins."), false, func(g *profile.Gains) float64 { return float64(g.Skip) }},
	{lang.Key("other"), lang.Key("other: other operations."), false, func(g *profile.Gains) float64 { return float64(g.Other) }},
}

// gainTable shows, layer by layer, where the gradient's size went, and its deviation from theory. It is empty if neither is
// known.
func gainTable(d vanishing.Diagnosis) table {
	p, gains, say := d.Profile, d.Budget.ByLayer, d.Language
	theory := p.Theory != nil && p.Theory.None == ""
	if !theory && !slices.ContainsFunc(gains, func(g *profile.Gains) bool { return g != nil && !math.IsNaN(g.Total()) }) {
		return table{}
	}
	g := table{
		title: say.Text("Where the gradient's size goes, in decades (factors of ten) on its way back from the next layer:"),
		head:  []string{say.Text("depth"), say.Text("layer")}, left: 1,
	}
	score := oddness(p, d.DeltaRMS)
	for l := range score {
		if theory && math.Abs(d.Departures[l]) > diagnose.OddZ {
			score[l] += 1000 // before all others
		}
	}
	picked := pick(len(p.Layers), score)
	cells := make([][]string, len(picked))
	for i, l := range picked {
		cells[i] = []string{fmt.Sprint(p.Layers[l].Depth), p.Layers[l].Path}
	}
	column := func(name, note string, of func(l int) string) {
		g.head, g.note = append(g.head, say.Text(name)), say.Sentences(g.note, say.Text(note))
		for i, l := range picked {
			cells[i] = append(cells[i], of(l))
		}
	}
	for _, c := range gainColumns {
		of := func(g *profile.Gains) float64 {
			if g == nil {
				return math.NaN()
			}
			return c.of(g)
		}
		if c.always || slices.ContainsFunc(gains, func(g *profile.Gains) bool { v := of(g); return v != 0 && !math.IsNaN(v) }) {
			column(c.name, c.note, func(l int) string { return decades(of(gains[l])) })
		}
	}
	if theory {
		expected := func(of func(*profile.LayerTheory) profile.Number) func(l int) string {
			return func(l int) string {
				if e := p.Theory.Layer(l); e != nil {
					return zScore(float64(of(e)))
				}
				return "-"
			}
		}
		column("z", lang.Key("z: standard deviations from what theory expects, of the size; ! beyond 4."), expected(func(e *profile.LayerTheory) profile.Number { return e.Z }))
		column(lang.Key("z step"), lang.Key("z step: those of the change from the next layer."), expected(func(e *profile.LayerTheory) profile.Number { return e.Step }))
	}
	for i := range picked {
		if row := gap(say, picked, i, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		g.rows = append(g.rows, cells[i])
	}
	return g
}
