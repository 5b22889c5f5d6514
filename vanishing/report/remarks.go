package report

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing"
)

// A remark is a line below the verdict, such as "why: ...".
type remark struct{ label, text string }

// remarks are what there is to say about a profile beside its verdict, each on a line of its own. The overhead comes last: it
// is all that differs between two runs that did the same.
func remarks(p vanishing.Profile) []remark {
	var list []remark
	add := func(label, text string) {
		if text != "" {
			list = append(list, remark{label, text})
		}
	}
	add("why", vanishing.NewBudget(p).String())
	add("theory", theoryRemark(p))
	add("recorded", recorded(p))
	if p.Cost != nil {
		add("overhead", p.Cost.String())
	}
	return list
}

// recorded says which steps the report rests on.
func recorded(p vanishing.Profile) string {
	if text := p.Sampling.String(); text != "" {
		return text
	}
	if len(p.Records) == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", len(p.Records))
}

// oddZ is the z-score from which on a layer is not what theory expects: one in 16,000 is beyond it by chance.
const oddZ = 4

// theoryRemark sets what theory expects of the initialisation against what was measured.
func theoryRemark(p vanishing.Profile) string {
	t := p.Theory
	switch {
	case t == nil:
		return ""
	case t.None != "":
		return "no prediction: " + t.None
	}
	first, last := -1, -1
	for l, layer := range p.Layers {
		if !layer.OnSkip && !math.IsNaN(at(t.Delta, l)) {
			if first < 0 {
				first = l
			}
			last = l
		}
	}
	if first < 0 || first == last {
		return "no prediction for two layers or more"
	}
	text := fmt.Sprintf("of this initialisation mean-field theory expects %s ± %.2f decades from layer %d to layer %d",
		signed(t.Delta[first]-t.Delta[last], 2), at(t.Band, first), p.Layers[last].Depth, p.Layers[first].Depth)
	if len(p.Records) > 0 {
		if d := deltas(p.Records[0]); drawable(d[first]) && drawable(d[last]) {
			text += fmt.Sprintf("; measured in step %d: %s", p.Records[0].Step, signed(log10(d[first])-log10(d[last]), 2))
		}
	}
	if odd := oddest(t); odd >= 0 && odd < len(p.Layers) {
		text += fmt.Sprintf("; farthest off is layer %d (z = %.1f)", p.Layers[odd].Depth, worst(t, odd))
	}
	return text
}

// oddest is the layer that is the farthest from theory, by its change from the next one; -1 if none is beyond oddZ.
func oddest(t *vanishing.Theory) int {
	odd := -1
	for l := range max(len(t.Z), len(t.Step)) {
		if z := math.Abs(worst(t, l)); z > oddZ && (odd < 0 || z > math.Abs(worst(t, odd))) {
			odd = l
		}
	}
	return odd
}

// worst is the z-score of a layer's change from the next one, or that of its size where there is none. An infinite one says
// no more than that theory knows no spread.
func worst(t *vanishing.Theory, l int) float64 {
	for _, z := range []float64{at(t.Step, l), at(t.Z, l)} {
		if !math.IsNaN(z) && !math.IsInf(z, 0) {
			return z
		}
	}
	return math.NaN()
}

// at is an element of a list that may be shorter.
func at(list []float64, i int) float64 {
	if i < 0 || i >= len(list) {
		return math.NaN()
	}
	return list[i]
}
