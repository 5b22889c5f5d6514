package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// Markdown writes a report in GitHub Flavored Markdown, for a repository, an issue or the summary of a CI run: several networks
// side by side, and then each by itself, as in [Text.Table]. Names and sentences are escaped: nothing in them is read as
// Markdown or HTML.
//
// Findings that are notes are folded away: GitHub opens them with a click.
//
// Of a network of more than 40 layers the tables show the first and the last 16, and those between them that stand out.
func Markdown(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnoses...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	var b bytes.Buffer
	say := languageOf(diagnoses)
	b.WriteString("# " + say.Text("How the gradients fare") + "\n")
	if len(diagnoses) > 0 {
		b.WriteString("\n" + say.Text("The gradient's way through each network, from the input on the left to the output on the right, on a logarithmic scale:") + "\n\n```text\n")
		if err := (Text{}).Bars(&b, diagnoses...); err != nil {
			return err
		}
		b.WriteString("```\n")
	}
	if len(diagnoses) > 1 {
		for _, g := range comparison(diagnoses) {
			b.WriteString(g.markdown())
		}
	}
	for _, d := range diagnoses {
		markdownNetwork(&b, d)
	}
	_, err = w.Write(b.Bytes())
	return errors.Wrap(err, "report: Markdown")
}

// markdownNetwork is the chapter of one network.
func markdownNetwork(b *bytes.Buffer, d vanishing.Diagnosis) {
	fmt.Fprintf(b, "\n## %s: %s\n\n**%s** %s\n\n", markdown.Escape(present.TitleIn(d.Language, d.Profile)), d.Verdict.In(d.Language), present.Opening(d.Language, d.Verdict), markdown.Escape(d.Sentence))
	if d.Evidence != "" {
		fmt.Fprintf(b, "%s\n\n", markdown.Escape(d.Evidence))
	}
	for _, r := range present.Remarks(d) {
		d.Language.Fprintf(b, "- **%s**: %s\n", r.Label, markdown.Escape(r.Text))
	}
	b.WriteString(markdownFindings(d))
	var tables []table
	if len(d.Profile.Records) > 0 {
		tables = append(tables, layerTable(d))
	}
	for _, g := range append(tables, explanations(d)...) {
		b.WriteString(g.markdown())
	}
}

func layerTable(d vanishing.Diagnosis) table {
	p, i, say := d.Profile, shown(d), d.Language
	r, detailed := p.Records[i], present.LastDetailed(p.Records[:i+1])
	g := table{
		title: say.Sprintf("Layers in %s", stepLine(say, p, r, detailed)),
		head:  []string{say.Text("depth"), say.Text("layer"), "dL/dz", say.Text("size"), "dL/dw", say.Text("std"), say.Text("sat"), say.Text("dead"), say.Text("update")}, left: 1, bars: 3,
		note: say.Text(tableKey),
	}
	s := logscale.Of(present.Deltas(r))
	weights := p.Weights()
	picked := pick(len(p.Layers), oddness(p, present.Deltas(r)))
	for k, i := range picked {
		if row := gap(say, picked, k, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		l, delta := p.Layers[i], float64(r.Layers[i].DeltaRMS)
		std, saturated, dead, update := details(detailed, i, weights[i])
		g.rows = append(g.rows, []string{fmt.Sprint(l.Depth), l.Path, scientific(delta), strings.TrimRight(Text{}.deltaBar(say, s, delta, 10), " "),
			weightGrad(r, weights[i]), ratio(std), percent(saturated, 0), percent(dead, 0), ratio(update)})
	}
	return g
}
