package report

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// findings lists on a terminal what the rules found, the most severe first.
func (t Text) findings(p vanishing.Profile, d vanishing.Diagnosis) string {
	var b strings.Builder
	for _, f := range d.Findings {
		shade := yellow
		if f.Severity == vanishing.Critical {
			shade = red
		}
		b.WriteString("\n" + t.plain(t.paint(shade, f.Severity.String())+": "+f.Rule+", "+findingFacts(p, f)) + "\n")
		b.WriteString(t.wrap(f.Sentence))
		b.WriteString(t.wrap(f.Evidence))
		b.WriteString(t.wrap(remedyOf(f)))
	}
	return b.String()
}

// markdownFindings lists the same in Markdown.
func markdownFindings(p vanishing.Profile, d vanishing.Diagnosis) string {
	if len(d.Findings) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n**Findings, the most severe first:**\n\n")
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "- **%v: %s**, %s. %s %s %s\n", f.Severity, markdown.Escape(f.Rule), findingFacts(p, f),
			markdown.Escape(f.Sentence), markdown.Escape(f.Evidence), markdown.Escape(remedyOf(f)))
	}
	return b.String()
}

// findingFacts say where and when a finding holds and how sure it is.
func findingFacts(p vanishing.Profile, f vanishing.Finding) string {
	text := fmt.Sprintf("from step %d on, confidence %.0f%%", f.Step, 100*f.Confidence)
	if where := depthsOf(p, f.Layers); where != "" {
		return where + ", " + text
	}
	return text
}

// remedyOf is what to do about a finding, with the line that does it.
func remedyOf(f vanishing.Finding) string {
	var parts []string
	if f.Remedy != "" {
		parts = append(parts, "remedy: "+f.Remedy)
	}
	if f.Code != "" {
		parts = append(parts, "code: "+f.Code)
	}
	return strings.Join(parts, " ")
}

// maxRuns bounds the runs of layers that are listed.
const maxRuns = 8

// depthsOf lists layers by their depths, neighbours as a range: "layers 1-7, 9".
func depthsOf(p vanishing.Profile, layers []int) string {
	var runs []string
	for i := 0; i < len(layers); {
		end := i
		for end+1 < len(layers) && layers[end+1] == layers[end]+1 {
			end++
		}
		first, last := p.Layers[layers[i]].Depth, p.Layers[layers[end]].Depth
		run := fmt.Sprint(first)
		if last != first {
			run = fmt.Sprintf("%d-%d", first, last)
		}
		runs = append(runs, run)
		i = end + 1
	}
	if len(runs) > maxRuns {
		runs = append(runs[:maxRuns], "...")
	}
	switch {
	case len(runs) == 0:
		return ""
	case len(layers) == 1:
		return "layer " + runs[0]
	}
	return "layers " + strings.Join(runs, ", ")
}
