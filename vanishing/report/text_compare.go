package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/evenly"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// maxDepths bounds the depths at which networks are set side by side.
const maxDepths = 24

// Compare sets networks side by side: their verdicts and the numbers behind them, and the size of the gradient over the
// depth. Where they do not fit beside each other they come in groups.
func (t Text) Compare(w io.Writer, profiles ...vanishing.Profile) error {
	profiles, err := present.Printable(profiles...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	const label, column = 24, 16 // with the space between columns
	var b bytes.Buffer
	for each := (t.width() - label) / column; len(profiles) > 0; {
		group := profiles[:min(each, len(profiles))]
		profiles = profiles[len(group):]
		for _, g := range comparison(group) {
			for i := range g.head[1:] {
				g.head[1+i] = strings.TrimRight(t.fit(g.head[1+i], column-2), " ")
			}
			b.WriteString(t.aligned(g))
		}
	}
	_, err = w.Write(bytes.TrimPrefix(b.Bytes(), []byte("\n")))
	return errors.Wrap(err, "report: comparison")
}

// comparison is two tables with a column for each network.
func comparison(profiles []vanishing.Profile) []table {
	g := table{
		title: "The networks side by side:", head: []string{""}, left: 0,
		note: "change: decades (factors of ten) that the gradient gains from the last hidden layer to the first, by the trend of all layers; with its parts as measured. update: of the weights of the first and the last hidden layer in the last step.",
	}
	for _, p := range profiles {
		g.head = append(g.head, present.Title(p))
		for i, f := range facts(p) {
			if i == len(g.rows) {
				g.rows = append(g.rows, []string{f.label})
			}
			g.rows[i] = append(g.rows[i], f.text)
		}
	}
	g.rows = slices.DeleteFunc(g.rows, func(row []string) bool { // what no network has
		return !slices.ContainsFunc(row[1:], func(cell string) bool { return cell != "-" })
	})
	return []table{g, depthTable(profiles)}
}

// A fact is a row of the comparison.
type fact struct{ label, text string }

// facts are what networks are compared by, the same for each. The overhead comes last, as it differs from run to run.
func facts(p vanishing.Profile) []fact {
	d, b := vanishing.Diagnose(p), vanishing.NewBudget(p)
	part := func(v float64) string {
		if !b.Known() {
			return "-"
		}
		return decades(v)
	}
	list := []fact{
		{"verdict", d.Verdict.String()},
		{"layers", fmt.Sprint(len(p.Layers))},
		{"recorded steps", fmt.Sprint(len(p.Records))},
		{"change", decades(d.Change)},
		{"- of the weights", part(b.Sum.Weight)},
		{"- of the activations", part(b.Sum.Activation)},
		{"- of normalisation", part(b.Sum.Norm)},
		{"- of the skips", part(b.Sum.Skip)},
		{"- of others", part(b.Sum.Other)},
		{"R² of the trend", known("%.2f", d.R2)},
		{"first / last layer", ratio(d.Ratio)},
		{"farthest from theory, z", farthest(p)},
	}
	if n := len(p.Records); n > 0 {
		first, last := p.Records[0], p.Records[n-1]
		return append(list, fact{"update of the first", update(p, last, d.First)}, fact{"update of the last", update(p, last, d.Last)},
			fact{"first loss", number(first.Loss)}, fact{"last loss", number(last.Loss)}, fact{"overhead", overhead(p)})
	}
	return append(list, fact{"update of the first", "-"}, fact{"update of the last", "-"}, fact{"first loss", "-"},
		fact{"last loss", "-"}, fact{"overhead", overhead(p)})
}

// farthest is the greatest of the z-scores.
func farthest(p vanishing.Profile) string {
	if p.Theory == nil {
		return "-"
	}
	far := math.NaN()
	for l := range p.Layers {
		if z := present.Worst(p.Theory, l); math.IsNaN(far) || math.Abs(z) > math.Abs(far) {
			far = z
		}
	}
	return zScore(far)
}

// update is the update ratio of a layer's weight.
func update(p vanishing.Profile, r vanishing.Record, layer int) string {
	if layer < 0 {
		return "-"
	}
	return ratio(weightOf(p, r, p.Layers[layer].Path).UpdateRatio)
}

func overhead(p vanishing.Profile) string {
	if p.Cost == nil {
		return "-"
	}
	return percent(p.Cost.Share(), 1)
}

// depthTable sets the median DeltaRMS of the layers on the path side by side, at all depths or at equal distances.
func depthTable(profiles []vanishing.Profile) table {
	g := table{title: "The gradient dL/dz over the depth (RMS, median over the recorded steps):", head: []string{"depth"}, left: 0}
	byDepth := make([]map[int]float64, len(profiles))
	deepest := 0
	for i, p := range profiles {
		g.head = append(g.head, present.Title(p))
		byDepth[i] = make(map[int]float64)
		for l, delta := range p.MedianDeltaRMS() {
			if layer := p.Layers[l]; !layer.OnSkip {
				byDepth[i][layer.Depth] = delta
				deepest = max(deepest, layer.Depth)
			}
		}
	}
	n := min(deepest, maxDepths)
	for i := range n {
		depth := 1 + evenly.Index(i, n, deepest)
		row := []string{fmt.Sprint(depth)}
		for i := range profiles {
			delta, found := byDepth[i][depth]
			if !found {
				delta = math.NaN()
			}
			row = append(row, ratio(delta))
		}
		g.rows = append(g.rows, row)
	}
	if n < deepest {
		g.note = fmt.Sprintf("%d depths of %d are shown.", n, deepest)
	}
	return g
}
