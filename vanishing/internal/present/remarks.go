package present

import (
	"fmt"

	"github.com/gradflow/gradflow/vanishing"
)

// A Remark is a line below the verdict, such as "why: ...".
type Remark struct{ Label, Text string }

// Remarks are what a diagnosis says beside its verdict, each on a line of its own. The overhead comes last: it is all that
// differs between two runs that did the same.
func Remarks(d vanishing.Diagnosis) []Remark {
	var list []Remark
	add := func(label, text string) {
		if text != "" {
			list = append(list, Remark{label, text})
		}
	}
	add("why", d.Budget.String())
	add("theory", d.Theory)
	add("recorded", recorded(d.Profile))
	if d.Profile.Cost != nil {
		add("overhead", d.Profile.Cost.String())
	}
	return list
}

// recorded says which steps the report rests on.
func recorded(p vanishing.Profile) string {
	if text := p.Sampling.String(); text != "" {
		return text
	}
	if len(p.Records) == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", len(p.Records))
}

// Opening is a verdict as the beginning of a sentence.
func Opening(v vanishing.Verdict) string {
	name := v.String()
	return string(name[0]-'a'+'A') + name[1:] + "."
}
