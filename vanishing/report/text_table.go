package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// minBar is the least width of the column of bars.
const minBar = 10

const tableKey = "dL/dz: gradient of the loss with respect to the pre-activations, root mean square over batch and units; the bar shows it on a " +
	"logarithmic scale. dL/dw: L2 norm of the gradient of the layer's weight, before clipping. std: standard deviation of the activations. " +
	"sat: share of activations that hardly pass a gradient on, |phi'| below 1% of its largest value. dead: share of units that are so on " +
	"the whole batch. update: L2 norm of the weight's update over that of the weight; at 0 not one bit of the weight has changed."

// Table writes what is known of a network: the diagnosis of the whole run with what explains it; what the layers did in one
// step, the last one recorded; where the gradient's size went; and, where they are known, its residual blocks, the paths
// through them and the remedies that were tried. If the run ended in NaN or infinities the step is the one in which they
// appeared. To see another step, cut the profile's Records.
//
// A network of more than 40 layers is shown by its first and its last 16, and those between them that stand out.
func (t Text) Table(w io.Writer, p vanishing.Profile, d vanishing.Diagnosis) error {
	profiles, err := present.Printable(p)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	p, d = profiles[0], printable.Copy(d)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", present.Title(p), t.verdict(d.Verdict))
	b.WriteString(t.wrap(d.Sentence))
	b.WriteString(t.wrap(d.Evidence))
	for _, r := range present.Remarks(p) {
		b.WriteString(t.wrap(r.Label + ": " + r.Text))
	}
	b.WriteString(t.findings(p, d))
	if len(p.Records) > 0 {
		t.layers(&b, p, p.Records[shown(p, d)], present.LastDetailed(p.Records[:shown(p, d)+1]))
	}
	for _, g := range explanations(p) {
		b.WriteString(t.aligned(g))
	}
	_, err = w.Write(b.Bytes())
	return errors.Wrap(err, "report: table")
}

// shown is the index of the record for the table.
func shown(p vanishing.Profile, d vanishing.Diagnosis) int {
	if d.NonFinite != nil {
		for i, r := range p.Records {
			if r.Step == d.NonFinite.Step {
				return i
			}
		}
	}
	return len(p.Records) - 1
}

// layers writes the rows of a record, with the details of the last one that has any.
func (t Text) layers(b *bytes.Buffer, p vanishing.Profile, r vanishing.Record, detailed *vanishing.Record) {
	s := logscale.Of(present.Deltas(r))
	name := 5
	for _, l := range p.Layers {
		name = max(name, utf8.RuneCountInString(l.Path))
	}
	// The columns beside name and bar, and the spaces between all, take 56.
	name = min(name, 24, t.width()-56-minBar)
	bar := min(t.width()-56-name, 40)

	b.WriteString("\n" + t.wrap(stepLine(r, detailed)))
	fmt.Fprintf(b, "depth  %-*s  %7s %-*s  %7s  %7s  %4s  %4s  %7s\n",
		name, "layer", "dL/dz", bar, ends(s, bar), "dL/dw", "std", "sat", "dead", "update")
	picked := pick(len(p.Layers), oddness(p, present.Deltas(r)))
	for k, i := range picked {
		if cells := gap(picked, k, "layer"); cells != nil {
			fmt.Fprintf(b, "%5s  %s\n", cells[0], cells[1])
		}
		l, delta := p.Layers[i], r.Layers[i].DeltaRMS
		std, saturated, dead := details(detailed, i)
		weight := weightOf(p, r, l.Path)
		fmt.Fprintf(b, "%5d  %s  %7s %s  %7s  %7s  %4s  %4s  %7s\n", l.Depth, t.fit(l.Path, name),
			scientific(delta), t.deltaBar(s, delta, bar), scientific(weight.GradL2), ratio(std), percent(saturated, 0), percent(dead, 0), ratio(weight.UpdateRatio))
	}
	b.WriteByte('\n')
	b.WriteString(t.wrap(tableKey))
}

// ends is the heading of a column of bars: the ends of the scale.
func ends(s logscale.Scale, width int) string {
	low, high := logscale.Power(s.Low), logscale.Power(s.High)
	return low + strings.Repeat(" ", max(1, width-len(low)-len(high))) + high
}

// deltaBar is the bar of a gradient, or a word if it has no place on the scale.
func (t Text) deltaBar(s logscale.Scale, delta float64, width int) string {
	switch {
	case delta == 0:
		return fmt.Sprintf("%-*s", width, "zero")
	case !logscale.Drawable(delta):
		return fmt.Sprintf("%-*s", width, "not finite")
	}
	return t.bar(s.Fraction(delta), width)
}

// fit pads a name to the width, or cuts its beginning, as the end tells more.
func (t Text) fit(name string, width int) string {
	runes := []rune(name)
	if len(runes) <= width {
		return name + strings.Repeat(" ", width-len(runes))
	}
	mark := t.plain("…")
	return mark + string(runes[len(runes)-width+utf8.RuneCountInString(mark):])
}

// weightOf is the record of a layer's weight; all NaN if it has none.
func weightOf(p vanishing.Profile, r vanishing.Record, layer string) vanishing.ParamRecord {
	for i, param := range p.Params {
		if param.Layer == layer && param.Role == "weight" {
			return r.Params[i]
		}
	}
	nan := math.NaN()
	return vanishing.ParamRecord{GradL2: nan, GradRMS: nan, NormL2: nan, UpdateRatio: nan}
}

// stepLine says which steps the numbers are of.
func stepLine(r vanishing.Record, detailed *vanishing.Record) string {
	text := fmt.Sprintf("step %d, epoch %d (both counted from 0), loss %.4g", r.Step, r.Epoch, r.Loss)
	if detailed != nil && detailed.Step != r.Step {
		text += fmt.Sprintf("; std, sat and dead of step %d", detailed.Step)
	}
	return text
}

// details are a layer's, NaN if there are none.
func details(r *vanishing.Record, layer int) (std, saturated, dead float64) {
	if r == nil {
		return math.NaN(), math.NaN(), math.NaN()
	}
	l := r.Layers[layer]
	return l.ActStd, l.Saturated, l.Dead
}
