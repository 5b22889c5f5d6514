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

// Markdown writes a report in GitHub Flavored Markdown, to be put into a repository, an issue or the summary of a CI run:
// several networks side by side, and then what is known of each, as [Text.Table] has it. Names and sentences are written so
// that nothing in them is read as Markdown or HTML.
//
// Of a network of more than 40 layers the tables show the first and the last 16, and those between them that stand out.
func Markdown(w io.Writer, profiles ...vanishing.Profile) error {
	profiles, err := present.Printable(profiles...)
	if err != nil {
		return errors.Wrap(err, "report")
	}
	var b bytes.Buffer
	b.WriteString("# How the gradients fare\n")
	if len(profiles) > 0 {
		b.WriteString("\nThe gradient's way through each network, from the input on the left to the output on the right, on a logarithmic scale:\n\n```text\n")
		if err := (Text{}).Bars(&b, profiles...); err != nil {
			return err
		}
		b.WriteString("```\n")
	}
	if len(profiles) > 1 {
		for _, g := range comparison(profiles) {
			b.WriteString(g.markdown())
		}
	}
	for _, p := range profiles {
		markdownNetwork(&b, p)
	}
	_, err = w.Write(b.Bytes())
	return errors.Wrap(err, "report: Markdown")
}

// markdownNetwork is the chapter of one network.
func markdownNetwork(b *bytes.Buffer, p vanishing.Profile) {
	d := vanishing.Diagnose(p)
	fmt.Fprintf(b, "\n## %s: %s\n\n**%s** %s\n\n", markdown.Escape(present.Title(p)), d.Verdict, present.Opening(d.Verdict), markdown.Escape(d.Sentence))
	if d.Evidence != "" {
		fmt.Fprintf(b, "%s\n\n", markdown.Escape(d.Evidence))
	}
	for _, r := range present.Remarks(p) {
		fmt.Fprintf(b, "- **%s**: %s\n", r.Label, markdown.Escape(r.Text))
	}
	b.WriteString(markdownFindings(p, d))
	var tables []table
	if len(p.Records) > 0 {
		tables = append(tables, layerTable(p, d))
	}
	for _, g := range append(tables, explanations(p)...) {
		b.WriteString(g.markdown())
	}
}

// layerTable is the table of the layers.
func layerTable(p vanishing.Profile, d vanishing.Diagnosis) table {
	i := shown(p, d)
	r, detailed := p.Records[i], present.LastDetailed(p.Records[:i+1])
	g := table{
		title: "Layers in " + stepLine(r, detailed),
		head:  []string{"depth", "layer", "dL/dz", "size", "dL/dw", "std", "sat", "dead", "update"}, left: 1, bars: 3,
		note: tableKey,
	}
	s := logscale.Of(present.Deltas(r))
	picked := pick(len(p.Layers), oddness(p, present.Deltas(r)))
	for k, i := range picked {
		if row := gap(picked, k, "layer"); row != nil {
			g.rows = append(g.rows, row)
		}
		l, delta, weight := p.Layers[i], r.Layers[i].DeltaRMS, weightOf(p, r, p.Layers[i].Path)
		std, saturated, dead := details(detailed, i)
		g.rows = append(g.rows, []string{fmt.Sprint(l.Depth), l.Path, scientific(delta), strings.TrimRight(Text{}.deltaBar(s, delta, 10), " "),
			scientific(weight.GradL2), ratio(std), percent(saturated, 0), percent(dead, 0), ratio(weight.UpdateRatio)})
	}
	return g
}
