package report

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// findings lists the findings of the rules for a terminal, the most severe first. Notes are only named unless t.Notes is set.
func (t Text) findings(d vanishing.Diagnosis) string {
	say := d.Language
	grave, notes := splitNotes(d.Findings)
	if t.Notes {
		grave, notes = d.Findings, nil
	}
	var b strings.Builder
	for _, f := range grave {
		shade := yellow
		if f.Severity == vanishing.Critical {
			shade = red
		}
		line := say.Sprintf("%s: %s, %s", t.paint(shade, f.Severity.In(say)), say.Name(f.Rule), findingFacts(d, f))
		b.WriteString("\n" + t.plain(line) + "\n")
		b.WriteString(t.wrap(f.Sentence))
		b.WriteString(t.wrap(f.Evidence))
		b.WriteString(t.wrap(remedyOf(say, f)))
	}
	if len(notes) > 0 {
		b.WriteString("\n" + t.wrap(say.Sprintf("%s: %s (shown with -notes)", say.Count(len(notes), "note"), ruleNames(say, notes))))
	}
	return b.String()
}

// splitNotes separates the findings that are mere notes from the others.
func splitNotes(findings []vanishing.Finding) (grave, notes []vanishing.Finding) {
	for _, f := range findings {
		if f.Severity == vanishing.Note {
			notes = append(notes, f)
		} else {
			grave = append(grave, f)
		}
	}
	return grave, notes
}

// ruleNames lists the rules of findings.
func ruleNames(say vanishing.Language, findings []vanishing.Finding) string {
	var names []string
	for _, f := range findings {
		names = append(names, say.Name(f.Rule))
	}
	return strings.Join(names, say.Text(", "))
}

// markdownFindings lists the same in Markdown, with the notes folded.
func markdownFindings(d vanishing.Diagnosis) string {
	say := d.Language
	grave, notes := splitNotes(d.Findings)
	var b strings.Builder
	if len(grave) > 0 {
		b.WriteString("\n**" + say.Text("Findings, the most severe first:") + "**\n\n" + markdownList(d, grave))
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n%s\n</details>\n", say.Count(len(notes), "note"), markdownList(d, notes))
	}
	return b.String()
}

func markdownList(d vanishing.Diagnosis, findings []vanishing.Finding) string {
	say := d.Language
	var b strings.Builder
	for _, f := range findings {
		say.Fprintf(&b, "- **%s: %s**, %s. %s %s %s\n", f.Severity.In(say), markdown.Escape(say.Name(f.Rule)), findingFacts(d, f),
			markdown.Escape(f.Sentence), markdown.Escape(f.Evidence), markdown.Escape(remedyOf(say, f)))
	}
	return b.String()
}

// findingFacts are the layers of a finding, its first step and its confidence.
func findingFacts(d vanishing.Diagnosis, f vanishing.Finding) string {
	say := d.Language
	text := say.Sprintf("from step %d on, confidence %.0f%%", f.Step, 100*f.Confidence)
	if where := depthsOf(say, d.Profile, f.Layers); where != "" {
		return say.Sprintf("%s, %s", where, text)
	}
	return text
}

// remedyOf is the remedy of a finding, with its line of code.
func remedyOf(say vanishing.Language, f vanishing.Finding) string {
	var parts []string
	if f.Remedy != "" {
		parts = append(parts, say.Sprintf("remedy: %s", f.Remedy))
	}
	if f.Code != "" {
		parts = append(parts, say.Sprintf("code: %s", f.Code))
	}
	return say.Sentences(parts...)
}

// maxRuns is the most runs of neighbouring layers that are listed.
const maxRuns = 8

// depthsOf lists layers by their depths, neighbours as a range: "layers 1-7, 9".
func depthsOf(say vanishing.Language, p vanishing.Profile, layers []int) string {
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
		return say.Sprintf("layer %s", runs[0])
	}
	return say.Sprintf("layers %s", strings.Join(runs, say.Text(", ")))
}
