package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxDepths is the most depths at which networks are compared.
const maxDepths = 24

// Compare writes networks side by side: their verdicts with the numbers that support them, and the size of the gradient over
// the depth. Networks that do not fit into the width follow in further groups.
func (t Text) Compare(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnoses...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	const label, column = 24, 16 // with the space between columns
	var b bytes.Buffer
	for perGroup := (t.width() - label) / column; len(diagnoses) > 0; {
		group := diagnoses[:min(perGroup, len(diagnoses))]
		diagnoses = diagnoses[len(group):]
		for _, g := range comparison(group) {
			for i := range g.head[1:] {
				g.head[1+i] = t.heading(g.head[1+i], column-2)
			}
			b.WriteString(t.aligned(g))
		}
	}
	_, err = w.Write(bytes.TrimPrefix(b.Bytes(), []byte("\n")))
	return errors.Wrap(err, "report: comparison")
}

// maxHeading is the most lines of a column's heading.
const maxHeading = 8

// heading puts a name into lines of a width: at spaces, and within words that are wider, if possible after a dash or the like. A name of too many lines is cut.
func (t Text) heading(name string, width int) string {
	var lines []string
	for _, line := range lang.Wrap(t.plain(name), width) {
		for len(lines) < maxHeading && lang.Width(line) > width {
			part := prefix(line, width)
			if end := strings.LastIndexAny(part, "-_/.") + 1; end > 0 {
				part = part[:end]
			}
			lines, line = append(lines, part), line[len(part):]
		}
		lines = append(lines, line)
	}
	if len(lines) > maxHeading {
		rest := strings.Join(lines[maxHeading-1:], "")
		lines = append(lines[:maxHeading-1], strings.TrimRight(t.fit(rest, width), " "))
	}
	return strings.Join(lines, "\n")
}

// prefix is as much of the beginning of a text as fits into a width, but at least one character.
func prefix(text string, width int) string {
	for i := range text {
		if i > 0 && lang.Width(text[:i]) > width {
			_, size := utf8.DecodeLastRuneInString(text[:i])
			return text[:max(i-size, size)]
		}
	}
	return text
}

// comparison is two tables with a column for each network.
func comparison(diagnoses []vanishing.Diagnosis) []table {
	say := languageOf(diagnoses)
	g := table{
		title: say.Text("The networks side by side:"), head: []string{""}, left: 0,
		note: say.Text("change: decades (factors of ten) that the gradient gains from the last hidden layer to the first, by the trend of all layers; with its parts as measured. update: of the weights of the first and the last hidden layer in the last step with details."),
	}
	for _, d := range diagnoses {
		g.head = append(g.head, present.TitleIn(say, d.Profile))
		for i, f := range facts(d) {
			if i == len(g.rows) {
				g.rows = append(g.rows, []string{f.label})
			}
			g.rows[i] = append(g.rows[i], f.text)
		}
	}
	g.rows = slices.DeleteFunc(g.rows, func(row []string) bool { // rows that no network fills
		return !slices.ContainsFunc(row[1:], func(cell string) bool { return cell != "-" })
	})
	return []table{g, depthTable(diagnoses)}
}

// A fact is a row of the comparison.
type fact struct{ label, text string }

// facts are the rows of the comparison, the same for each network. The overhead comes last, as it differs from run to run.
func facts(d vanishing.Diagnosis) []fact {
	p, b, say := d.Profile, d.Budget, d.Language
	part := func(v profile.Number) string {
		if !b.Known() {
			return "-"
		}
		return decades(v)
	}
	list := []fact{
		{say.Text("verdict"), say.Text(d.Verdict.String())},
		{say.Text("layers"), fmt.Sprint(len(p.Layers))},
		{say.Text("recorded steps"), fmt.Sprint(len(p.Records))},
		{say.Text("change"), decades(d.Change)},
		{say.Text("- of the weights"), part(b.Sum.Weight)},
		{say.Text("- of the activations"), part(b.Sum.Activation)},
		{say.Text("- of normalisation, scale"), part(b.Sum.Norm)},
		{say.Text("- of the skips"), part(b.Sum.Skip)},
		{say.Text("- of others"), part(b.Sum.Other)},
		{say.Text("R² of the trend"), known("%.2f", d.R2)},
		{say.Text("first / last layer"), ratio(d.Ratio)},
		{say.Text("farthest from theory, z"), farthest(d)},
	}
	if n := len(p.Records); n > 0 {
		first, last, detailed := p.Records[0], p.Records[n-1], present.LastDetailed(p.Records)
		return append(list, fact{say.Text("update of the first"), update(p, detailed, d.First)}, fact{say.Text("update of the last"), update(p, detailed, d.Last)},
			fact{say.Text("first loss"), loss(p, first)}, fact{say.Text("last loss"), loss(p, last)}, fact{say.Text("overhead"), overhead(p)})
	}
	return append(list, fact{say.Text("update of the first"), "-"}, fact{say.Text("update of the last"), "-"}, fact{say.Text("first loss"), "-"},
		fact{say.Text("last loss"), "-"}, fact{say.Text("overhead"), overhead(p)})
}

// farthest is the greatest departure from theory.
func farthest(d vanishing.Diagnosis) string {
	far := math.NaN()
	for _, z := range d.Departures {
		if math.IsNaN(far) || math.Abs(z) > math.Abs(far) {
			far = z
		}
	}
	return zScore(far)
}

// update is the update ratio of a layer's weight in a record, if there is one.
func update(p vanishing.Profile, r *vanishing.Record, layer int) string {
	if r == nil || layer < 0 {
		return "-"
	}
	return ratio(r.UpdateRatio(p.Weights()[layer]))
}

// loss is the loss of a record.
func loss(p vanishing.Profile, r vanishing.Record) string {
	if !p.HasLoss() {
		return "-"
	}
	return number(r.Loss)
}

func overhead(p vanishing.Profile) string {
	if p.Cost == nil {
		return "-"
	}
	return percent(p.Cost.Share(), 1)
}

// depthTable compares the median DeltaRMS of the layers on the path, at all depths or at equally spaced ones.
func depthTable(diagnoses []vanishing.Diagnosis) table {
	say := languageOf(diagnoses)
	g := table{title: say.Text("The gradient dL/dz over the depth (RMS, median over the recorded steps):"), head: []string{say.Text("depth")}, left: 0}
	byDepth := make([]map[int]float64, len(diagnoses))
	deepest := 0
	for i, d := range diagnoses {
		g.head = append(g.head, present.TitleIn(say, d.Profile))
		byDepth[i] = make(map[int]float64)
		for l, delta := range d.DeltaRMS {
			if layer := d.Profile.Layers[l]; !layer.OnSkip {
				byDepth[i][layer.Depth] = delta
				deepest = max(deepest, layer.Depth)
			}
		}
	}
	n := min(deepest, maxDepths)
	for i := range n {
		depth := 1 + evenly.Index(i, n, deepest)
		row := []string{fmt.Sprint(depth)}
		for i := range diagnoses {
			delta, found := byDepth[i][depth]
			if !found {
				delta = math.NaN()
			}
			row = append(row, ratio(delta))
		}
		g.rows = append(g.rows, row)
	}
	if n < deepest {
		g.note = say.Sprintf("%d depths of %d are shown.", n, deepest)
	}
	return g
}

// languageOf is the language of a report: that of its first diagnosis.
func languageOf(diagnoses []vanishing.Diagnosis) vanishing.Language {
	if len(diagnoses) == 0 {
		return vanishing.English
	}
	return diagnoses[0].Language
}
