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

// A Budget splits the change of the gradient from the last hidden layer to the first by cause: it sums the [profile.Gains] of
// the layers between them. The parts of each layer sum to its change, so the causes sum to the whole change.
//
// A network with layers side by side has no such sum, and no budget.
//
// The gains of a layer are medians over the recorded steps with details before any NaN or infinity, part by part. A part that
// is NaN in half of these steps or more is unknown. For a single step Sum.Total is exactly log10 of the first layer's
// RMS(delta) over the last hidden layer's.
type Budget struct {
	First, Last int // the ends, as indices into Profile.Layers; -1 with fewer than two hidden layers
	Layers      int // hidden layers on the path, with First and Last
	// Unknown are the layers whose gains are unknown, as indices into Profile.Layers: layers without details, or with a gradient
	// of exactly zero. The sum leaves them out.
	Unknown []int
	ByLayer []*profile.Gains // for each of Profile.Layers; nil for a layer without gains, NaN for an unknown part
	Sum     profile.Gains    // over the layers from First up to, and without, Last
	Causes  []Cause          // Sum by cause, the largest first, without causes of exactly zero
	Records int              // recorded steps in the medians

	language lang.Language // of the causes' names
}

// A Cause is a kind of operation and its part in the gradient's change.
type Cause struct {
	Name    string  // as "the derivative of sigmoid", "the weights"
	Decades float64 // factors of ten that the gradient gained; negative if it lost them
}

// noBudget is a budget without a sum; of are the indices of the records with details.
func noBudget(p profile.Profile, records []profile.Record, of []int) Budget {
	return Budget{First: -1, Last: -1, ByLayer: medianGains(p, records, of)}
}

// newBudget sums the gains in the finite records of a valid profile. Without details it has no causes.
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
	byName, normed := make(map[string]float64), isNormed(p)
	for _, l := range path[:b.Layers-1] {
		g := b.ByLayer[l]
		if g == nil || !stat.Finite(g.Total()) {
			b.Unknown = append(b.Unknown, l)
			continue
		}
		b.Sum = sumOf(b.Sum, *g)
		for _, c := range causesOf(say, p.Layers[l], normed, *g) {
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

// isNormed reports whether a network has a normalisation: in a layer, or between layers with a gain for each unit, as Pre-LN. A gain
// of one number is the scale of a branch.
func isNormed(p profile.Profile) bool {
	return slices.ContainsFunc(p.Layers, func(l profile.Layer) bool { return l.Norm.Kind != "" }) ||
		slices.ContainsFunc(p.Params, func(param profile.Param) bool { return param.Role == "gain" && param.Size > 1 })
}

// causesOf are the parts of a layer's gains by name. The layers of a normed network may be normalised by an operation between them.
func causesOf(say lang.Language, l profile.Layer, normed bool, g profile.Gains) []Cause {
	activation, norm := say.Text("the activations"), say.Text("the scale of the branches")
	if l.Activation.Kind != "" {
		activation = say.Sprintf("the derivative of %s", l.Activation)
	}
	switch {
	case l.Norm.Kind == profile.BatchNorm:
		norm = say.Text("batch normalisation")
	case l.Norm.Kind == profile.LayerNorm:
		norm = say.Text("layer normalisation")
	case normed:
		norm = say.Text("normalisation")
	}
	return []Cause{
		{say.Text("the weights"), float64(g.Weight)}, {activation, float64(g.Activation)}, {norm, float64(g.Norm)},
		{say.Text("the skips"), float64(g.Skip)}, {say.Text("other operations"), float64(g.Other)},
	}
}

// Known reports whether the gains of at least one layer are known.
func (b Budget) Known() bool { return b.Layers > 1 && len(b.Unknown) < b.Layers-1 }

// String is the budget as a sentence: "12.0 decades lost over 30 layers: 11.6 to the derivative of sigmoid, 0.4 to the
// weights". The rounded parts sum to the rounded total. It is empty if the budget is not known.
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

// sentenceOf puts the losses first if the total is a loss, and the gains first otherwise.
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

// tenths rounds the total and the causes to tenths of a decade. Where the rounded causes do not sum to the rounded total, the
// causes with the largest rounding errors are rounded the other way.
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
		roundingError := func(i int) float64 { return (10*b.Causes[i].Decades - float64(parts[i])) * float64(sign(missing)) }
		for i := range parts {
			if roundingError(i) > roundingError(best) {
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

// detailed lists the indices of the records with details.
func detailed(records []profile.Record) []int {
	var list []int
	for i := range records {
		if records[i].Details != nil {
			list = append(list, i)
		}
	}
	return list
}

// medianGains are, for each layer, the medians of its gains over the records with the indices of; nil for a layer without gains.
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

// medianParts are the medians of gains, part by part. NaN and nil do not count; a part is NaN if they are half or more.
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

// medianOf is the median of values, which it sorts.
func medianOf(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
