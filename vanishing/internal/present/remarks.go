package present

import (
	"fmt"
	"math"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
)

// A Remark is a line below the verdict, such as "why: ...".
type Remark struct{ Label, Text string }

// Remarks are what there is to say about a profile beside its verdict, each on a line of its own. The overhead comes last: it
// is all that differs between two runs that did the same.
func Remarks(p vanishing.Profile) []Remark {
	var list []Remark
	add := func(label, text string) {
		if text != "" {
			list = append(list, Remark{label, text})
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

// OddZ is the z-score from which on a layer is not what theory expects: one in 16,000 is beyond it by chance.
const OddZ = 4

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
		if !layer.OnSkip && !math.IsNaN(At(t.Delta, l)) {
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
		Signed(t.Delta[first]-t.Delta[last], 2), At(t.Band, first), p.Layers[last].Depth, p.Layers[first].Depth)
	if len(p.Records) > 0 {
		if d := Deltas(p.Records[0]); logscale.Drawable(d[first]) && logscale.Drawable(d[last]) {
			text += fmt.Sprintf("; measured in step %d: %s", p.Records[0].Step, Signed(logscale.Log10(d[first])-logscale.Log10(d[last]), 2))
		}
	}
	if odd := oddest(t); odd >= 0 && odd < len(p.Layers) {
		text += fmt.Sprintf("; farthest off is layer %d (z = %.1f)", p.Layers[odd].Depth, Worst(t, odd))
	}
	return text
}

// oddest is the layer that is the farthest from theory, by its change from the next one; -1 if none is beyond OddZ.
func oddest(t *vanishing.Theory) int {
	odd := -1
	for l := range max(len(t.Z), len(t.Step)) {
		if z := math.Abs(Worst(t, l)); z > OddZ && (odd < 0 || z > math.Abs(Worst(t, odd))) {
			odd = l
		}
	}
	return odd
}

// Worst is the z-score of a layer's change from the next one, or that of its size where there is none. An infinite one says
// no more than that theory knows no spread.
func Worst(t *vanishing.Theory, l int) float64 {
	for _, z := range []float64{At(t.Step, l), At(t.Z, l)} {
		if !math.IsNaN(z) && !math.IsInf(z, 0) {
			return z
		}
	}
	return math.NaN()
}

// At is an element of a list that may be shorter.
func At(list []float64, i int) float64 {
	if i < 0 || i >= len(list) {
		return math.NaN()
	}
	return list[i]
}

// Signed writes a change with its sign; what rounds to zero has none.
func Signed(v float64, decimals int) string {
	text := fmt.Sprintf("%+.*f", decimals, v)
	if strings.Trim(text, "+-0.") == "" {
		return text[1:]
	}
	return text
}

// Opening is a verdict as the beginning of a sentence.
func Opening(v vanishing.Verdict) string {
	name := v.String()
	return string(name[0]-'a'+'A') + name[1:] + "."
}
