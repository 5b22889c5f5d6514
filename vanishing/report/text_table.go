package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// minBar is the smallest width of the column of bars.
const minBar = 10

var tableKey = lang.Key("dL/dz: gradient of the loss with respect to the pre-activations, root mean square over batch and units; the bar shows it on a " +
	"logarithmic scale. dL/dw: L2 norm of the gradient of the layer's weight, before clipping. std: standard deviation of the activations. " +
	"sat: share of activations that hardly pass a gradient on, |phi'| below 1% of its largest value. dead: share of units that are so on " +
	"the whole batch. update: L2 norm of the weight's update over that of the weight; at 0 not one bit of the weight has changed.")

// Table writes everything about a network: the diagnosis of the whole run and its explanation; the layers in the last recorded
// step; where the gradient's size went; and, if the profile has them, the residual blocks, the paths through them and the
// remedies that were tried. If the run ended in NaN or infinities, the step is the one in which they appeared. To see another
// step, cut the Records of the diagnosis' Profile.
//
// A network of more than 40 layers is shown by its first and its last 16, and those between them that stand out.
func (t Text) Table(w io.Writer, diagnosis vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnosis)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	d := diagnoses[0]
	p, say := d.Profile, d.Language
	var b bytes.Buffer
	b.WriteString(say.Sprintf("%s: %s", present.TitleIn(say, p), t.verdict(say, d.Verdict)) + "\n")
	b.WriteString(t.wrap(d.Sentence))
	b.WriteString(t.wrap(d.Evidence))
	for _, r := range present.Remarks(d) {
		b.WriteString(t.wrap(say.Sprintf("%s: %s", r.Label, r.Text)))
	}
	b.WriteString(t.findings(d))
	if len(p.Records) > 0 {
		i := shown(d)
		t.layers(&b, say, p, p.Records[i], present.LastDetailed(p.Records[:i+1]))
	}
	for _, g := range explanations(d) {
		b.WriteString(t.aligned(g))
	}
	_, err = w.Write(b.Bytes())
	return errors.Wrap(err, "report: table")
}

// shown is the index of the record for the table.
func shown(d vanishing.Diagnosis) int {
	if d.NonFinite != nil {
		for i, r := range d.Profile.Records {
			if r.Step == d.NonFinite.Step {
				return i
			}
		}
	}
	return len(d.Profile.Records) - 1
}

// layers writes the rows of a record, with the details of the last one that has any.
func (t Text) layers(b *bytes.Buffer, say vanishing.Language, p vanishing.Profile, r vanishing.Record, detailed *vanishing.Record) {
	s := logscale.Of(present.Deltas(r))
	name := 5
	for _, l := range p.Layers {
		name = max(name, lang.Width(l.Path))
	}
	// The columns other than name and bar take 56 characters, with the spaces between all.
	name = min(name, 24, t.width()-56-minBar)
	bar := min(t.width()-56-name, 40)

	b.WriteString("\n" + t.wrap(stepLine(say, p, r, detailed)))
	left := lang.PaddedLeft
	fmt.Fprintf(b, "%s  %s  %7s %-*s  %7s  %s  %s  %s  %s\n",
		left(say.Text("depth"), 5), lang.Padded(say.Text("layer"), name), "dL/dz", bar, ends(s, bar), "dL/dw",
		left(say.Text("std"), 7), left(say.Text("sat"), 4), left(say.Text("dead"), 4), left(say.Text("update"), 7))
	weights := p.Weights()
	picked := pick(len(p.Layers), oddness(p, present.Deltas(r)))
	for k, i := range picked {
		if cells := gap(say, picked, k, "layer"); cells != nil {
			fmt.Fprintf(b, "%5s  %s\n", cells[0], cells[1])
		}
		l, delta := p.Layers[i], float64(r.Layers[i].DeltaRMS)
		std, saturated, dead, update := details(detailed, i, weights[i])
		fmt.Fprintf(b, "%5d  %s  %7s %s  %7s  %7s  %4s  %4s  %7s\n", l.Depth, t.fit(l.Path, name),
			scientific(delta), t.deltaBar(say, s, delta, bar), weightGrad(r, weights[i]), ratio(std), percent(saturated, 0), percent(dead, 0), ratio(update))
	}
	b.WriteByte('\n')
	b.WriteString(t.wrap(say.Text(tableKey)))
}

// ends is the heading of a column of bars: the ends of the scale.
func ends(s logscale.Scale, width int) string {
	low, high := logscale.Power(s.Low), logscale.Power(s.High)
	return low + strings.Repeat(" ", max(1, width-len(low)-len(high))) + high
}

// deltaBar is the bar of a gradient, or a word for a gradient that has no place on the scale.
func (t Text) deltaBar(say vanishing.Language, s logscale.Scale, delta float64, width int) string {
	switch {
	case delta == 0:
		return lang.Padded(say.Text("zero"), width)
	case !logscale.Drawable(delta):
		return lang.Padded(say.Text("not finite"), width)
	}
	return t.bar(s.Fraction(delta), width)
}

// fit pads a name to the width, or cuts its beginning: the end of a path says more.
func (t Text) fit(name string, width int) string {
	if lang.Width(name) <= width {
		return lang.Padded(name, width)
	}
	mark, runes := t.plain("…"), []rune(name)
	from := len(runes)
	for left := width - lang.Width(mark); from > 0; from-- {
		if left -= lang.Width(string(runes[from-1])); left < 0 {
			break
		}
	}
	return lang.Padded(mark+string(runes[from:]), width)
}

// stepLine names the steps that the numbers belong to.
func stepLine(say vanishing.Language, p vanishing.Profile, r vanishing.Record, detailed *vanishing.Record) string {
	text := say.Sprintf("step %d (counted from 0)", r.Step)
	if p.HasEpochs() {
		text = say.Sprintf("step %d, epoch %d (both counted from 0)", r.Step, r.Epoch)
	}
	if p.HasLoss() {
		text += say.Sprintf(", loss %.4g", r.Loss)
	}
	if detailed != nil && detailed.Step != r.Step {
		text += say.Sprintf("; std, sat, dead and update of step %d", detailed.Step)
	}
	return text
}

// weightGrad is the L2 norm of a weight's gradient, by the weight's index; a dash if the index is negative.
func weightGrad(r vanishing.Record, weight int) string {
	if weight < 0 {
		return "-"
	}
	return scientific(r.Params[weight].GradL2)
}

// details are those of a layer and of its weight; NaN if r is nil.
func details(r *vanishing.Record, layer, weight int) (std, saturated, dead, update float64) {
	if r == nil {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	l := r.Details.Layers[layer]
	return float64(l.ActStd), float64(l.Saturated), float64(l.Dead), r.UpdateRatio(weight)
}
