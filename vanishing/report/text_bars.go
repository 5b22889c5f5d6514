package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// barRows is the height of a network's bars, in lines.
const barRows = 4

// Bars writes the gradient over the depth of each network as one bar per layer, from the input on the left to the output on
// the right: the median DeltaRMS on a logarithmic scale that all networks share. A layer whose gradient is exactly zero is
// marked with 0. Projections on skips are left out. Of a network with more layers than columns, equally spaced layers are shown.
func (t Text) Bars(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnoses...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	var b bytes.Buffer
	medians := make([][]float64, len(diagnoses))
	for i, d := range diagnoses {
		medians[i] = present.OnPath(d.Profile, d.DeltaRMS)
	}
	s := logscale.Of(medians...)
	for i, d := range diagnoses {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.Language.Sprintf("%s: %s", present.TitleIn(d.Language, d.Profile), d.Verdict.In(d.Language)) + "\n")
		t.bars(&b, d.Language, s, medians[i])
	}
	_, err = w.Write(b.Bytes())
	return errors.Wrap(err, "report: bars")
}

// bars draws one network.
func (t Text) bars(b *bytes.Buffer, say vanishing.Language, s logscale.Scale, deltas []float64) {
	const label = 7
	layers, width := t.thin(deltas, t.width()-label)
	axis := "│"
	if t.ASCII {
		axis = "|"
	}
	for row := barRows - 1; row >= 0; row-- {
		text := ""
		switch row {
		case barRows - 1:
			text = logscale.Power(s.High)
		case 0:
			text = logscale.Power(s.Low)
		}
		line := fmt.Sprintf("%*s %s", label-2, text, axis)
		for _, v := range layers {
			line += strings.Repeat(t.cell(s, v, row), width)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	first, last := say.Text("input"), say.Text("output")
	gap := len(layers)*width - lang.Width(first) - lang.Width(last)
	fmt.Fprintf(b, "%*s%s%s%s\n", label, "", first, strings.Repeat(" ", max(gap, 1)), last)
}

// cell is one character of a layer's bar.
func (t Text) cell(s logscale.Scale, delta float64, row int) string {
	switch {
	case logscale.Drawable(delta):
		return t.column(s.Fraction(delta), row, barRows)
	case row > 0:
		return " "
	case delta == 0:
		return "0"
	}
	return "?"
}

// thin picks equally spaced layers, the first and the last among them, if there are more layers than columns. Otherwise it
// returns all, and the number of columns for each.
func (t Text) thin(deltas []float64, columns int) (picked []float64, width int) {
	n := len(deltas)
	if n <= columns {
		return deltas, min(max(columns/max(n, 1), 1), 3)
	}
	picked = make([]float64, columns)
	for i := range picked {
		picked[i] = deltas[evenly.Index(i, columns, n)]
	}
	return picked, 1
}
