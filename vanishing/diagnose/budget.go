package diagnose

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Budget is where the gradient won or lost its size between the last hidden layer and the first: the [Gains] of the layers
// between them, summed by cause. As the parts of each layer sum to its change, so do the causes to the change over all.
//
// A network with layers side by side has no such sum, and no budget.
//
// The gains of a layer are the medians of each part over the recorded steps with details, up to a NaN or infinity; a part
// that is NaN in most of them is unknown. Of one step they are exact: Total is log10 of the first layer's RMS(delta) over the last hidden layer's.
type Budget struct {
	First, Last int // the ends, as indices into Profile.Layers; -1 if there are no two hidden layers
	Layers      int // hidden layers on the path, First and Last among them
	// Unknown are layers on the way whose gains are not known, as indices into Profile.Layers: without details, or where the
	// gradient is exactly zero. They are missing in the sum.
	Unknown []int
	ByLayer []*profile.Gains // for each of Profile.Layers; nil where there are none, with NaN where a part is unknown
	Sum     profile.Gains    // over the layers from First up to, and without, Last
	Causes  []Cause          // the same by cause, the greatest first; causes of exactly zero are left out
	Records int              // recorded steps that the medians rest on

	language lang.Language // of the causes' names
}

// A Cause is what gave the gradient size, or took it.
type Cause struct {
	Name    string  // as "the derivative of sigmoid", "the weights"
	Decades float64 // factors of ten that it gave; negative if it took them
}

// noBudget has the gains of each layer, and no sum.
func noBudget(p profile.Profile, records []profile.Record, of []int) Budget {
	return Budget{First: -1, Last: -1, ByLayer: medianGains(p, records, of)}
}

// newBudget sums the gains in finite records of a valid profile. If there are none, as in a profile without details, it has no
// causes.
func newBudget(say lang.Language, p profile.Profile, records []profile.Record) Budget {
	of := detailed(records)
	b := noBudget(p, records, of)
	b.language = say
	path := p.Path()
	if len(path) < 3 || !p.IsChain() {
		return b
	}
	b.Records = len(of)
	b.Layers = len(path) - 1
	b.First, b.Last = path[0], path[b.Layers-1]
	byName := make(map[string]float64)
	for _, l := range path[:b.Layers-1] {
		g := b.ByLayer[l]
		if g == nil || !stat.Finite(g.Total()) {
			b.Unknown = append(b.Unknown, l)
			continue
		}
		b.Sum = sumOf(b.Sum, *g)
		for _, c := range causesOf(say, p.Layers[l], *g) {
			byName[c.Name] += c.Decades
		}
	}
	for name, decades := range byName {
		if decades != 0 {
			b.Causes = append(b.Causes, Cause{name, decades})
		}
	}
	slices.SortFunc(b.Causes, func(x, y Cause) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Decades), math.Abs(x.Decades)), cmp.Compare(x.Name, y.Name))
	})
	return b
}

// causesOf names the parts of a layer's gains.
func causesOf(say lang.Language, l profile.Layer, g profile.Gains) []Cause {
	activation, norm := say.Text("the activations"), say.Text("the scale of the branches")
	if l.Activation.Kind != "" {
		activation = say.Sprintf("the derivative of %s", l.Activation)
	}
	switch l.Norm.Kind {
	case profile.BatchNorm:
		norm = say.Text("batch normalisation")
	case profile.LayerNorm:
		norm = say.Text("layer normalisation")
	}
	return []Cause{
		{say.Text("the weights"), float64(g.Weight)}, {activation, float64(g.Activation)}, {norm, float64(g.Norm)},
		{say.Text("the skips"), float64(g.Skip)}, {say.Text("other operations"), float64(g.Other)},
	}
}

// Known tells whether the budget says anything: whether the gains of at least one layer are known.
func (b Budget) Known() bool { return b.Layers > 1 && len(b.Unknown) < b.Layers-1 }

// String says the budget in a sentence, as "12.0 decades lost over 30 layers: 11.6 to the derivative of sigmoid, 0.4 to the
// weights". The rounded parts sum to the rounded total. It is empty if nothing is known.
func (b Budget) String() string {
	if !b.Known() {
		return ""
	}
	say := b.language
	total, parts := b.tenths()
	var lost, gained []string
	for i, c := range b.Causes {
		switch decades := math.Abs(float64(parts[i])) / 10; {
		case parts[i] < 0:
			lost = append(lost, say.Sprintf("%.1f to %s", decades, c.Name))
		case parts[i] > 0:
			gained = append(gained, say.Sprintf("%.1f from %s", decades, c.Name))
		}
	}
	text := sentenceOf(say, total, b.Layers, lost, gained)
	if n := len(b.Unknown); n > 0 {
		text += say.Sprintf(" (without %s whose split is not known)", say.Count(n, "layer"))
	}
	return text
}

// sentenceOf puts the greater side first.
func sentenceOf(say lang.Language, total, layers int, lost, gained []string) string {
	over := say.Count(layers, "layer")
	losses, gains := strings.Join(lost, say.Text(", ")), strings.Join(gained, say.Text(", "))
	switch {
	case total == 0 && len(lost)+len(gained) == 0:
		return say.Sprintf("no decade lost or gained over %s", over)
	case total == 0:
		return say.Sprintf("level over %s: %s lost, %s gained back", over, losses, gains)
	case total < 0:
		text := say.Sprintf("%.1f decades lost over %s: %s", -float64(total)/10, over, losses)
		if gains != "" {
			text += say.Sprintf("; gained back: %s", gains)
		}
		return text
	}
	text := say.Sprintf("%.1f decades gained over %s: %s", float64(total)/10, over, gains)
	if losses != "" {
		text += say.Sprintf("; lost again: %s", losses)
	}
	return text
}

// tenths rounds total and causes to tenths of a decade, so that they still sum: those whose rounding was the farthest off
// are rounded the other way.
func (b Budget) tenths() (total int, parts []int) {
	total = int(math.Round(10 * b.Sum.Total()))
	parts = make([]int, len(b.Causes))
	missing := total
	for i, c := range b.Causes {
		parts[i] = int(math.Round(10 * c.Decades))
		missing -= parts[i]
	}
	for ; missing != 0 && len(parts) > 0; missing -= sign(missing) {
		best := 0
		off := func(i int) float64 { return (10*b.Causes[i].Decades - float64(parts[i])) * float64(sign(missing)) }
		for i := range parts {
			if off(i) > off(best) {
				best = i
			}
		}
		parts[best] += sign(missing)
	}
	return total, parts
}

func sign(n int) int { return cmp.Compare(n, 0) }

// sumOf adds gains part by part.
func sumOf(g, h profile.Gains) profile.Gains {
	g.Weight += h.Weight
	g.Activation += h.Activation
	g.Norm += h.Norm
	g.Skip += h.Skip
	g.Other += h.Other
	return g
}

// detailed lists the records with details, by their indices.
func detailed(records []profile.Record) []int {
	var list []int
	for i := range records {
		if records[i].Details != nil {
			list = append(list, i)
		}
	}
	return list
}

// medianGains are the medians of each layer's gains over some records, part by part; nil for layers without any.
func medianGains(p profile.Profile, records []profile.Record, of []int) []*profile.Gains {
	medians := make([]*profile.Gains, len(p.Layers))
	gains := make([]*profile.Gains, len(of))
	for l := range medians {
		known := false
		for i, at := range of {
			gains[i] = records[at].Details.Layers[l].Gains
			known = known || gains[i] != nil
		}
		if known {
			medians[l] = medianParts(gains)
		}
	}
	return medians
}

// medianParts are the medians of gains part by part, of those that are numbers, if most are; otherwise NaN.
func medianParts(gains []*profile.Gains) *profile.Gains {
	values := make([]float64, 0, len(gains))
	median := func(part func(*profile.Gains) profile.Number) profile.Number {
		values = values[:0]
		for _, g := range gains {
			if g != nil && !math.IsNaN(float64(part(g))) {
				values = append(values, float64(part(g)))
			}
		}
		if 2*len(values) <= len(gains) {
			return profile.Number(math.NaN())
		}
		return profile.Number(medianOf(values))
	}
	return &profile.Gains{
		Weight:     median(func(g *profile.Gains) profile.Number { return g.Weight }),
		Activation: median(func(g *profile.Gains) profile.Number { return g.Activation }),
		Norm:       median(func(g *profile.Gains) profile.Number { return g.Norm }),
		Skip:       median(func(g *profile.Gains) profile.Number { return g.Skip }),
		Other:      median(func(g *profile.Gains) profile.Number { return g.Other }),
	}
}

// medianOf is the median of numbers; of an even number of them it is the mean of the two in the middle. It sorts the values.
func medianOf(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
