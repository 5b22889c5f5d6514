package present

import (
	"strings"

	"github.com/gradflow/gradflow/vanishing"
)

// A Remark is a line below the verdict, such as "why: ...".
type Remark struct{ Label, Text string }

// Remarks are the lines about a diagnosis after its verdict. The overhead comes last, as it alone differs between two equal runs.
func Remarks(d vanishing.Diagnosis) []Remark {
	say := d.Language
	var list []Remark
	add := func(label, text string) {
		if text != "" {
			list = append(list, Remark{label, text})
		}
	}
	add(say.Text("why"), d.Budget.String())
	add(say.Text("theory"), d.Theory)
	add(say.Text("recorded"), recorded(say, d.Profile))
	if d.Profile.Cost != nil {
		add(say.Text("overhead"), d.Profile.Cost.In(say))
	}
	return list
}

// recorded describes the recorded steps.
func recorded(say vanishing.Language, p vanishing.Profile) string {
	if text := p.Sampling.In(say); text != "" {
		return text
	}
	if len(p.Records) == 0 {
		return say.Text("0 steps")
	}
	return say.Count(len(p.Records), "step")
}

// Opening is a verdict as a sentence.
func Opening(say vanishing.Language, v vanishing.Verdict) string {
	name := say.Text(v.String())
	return say.Sprintf("%s.", strings.ToUpper(name[:1])+name[1:])
}
