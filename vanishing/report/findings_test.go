package report

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestFindingsAreReported(t *testing.T) {
	p := reporttest.Plain("plain", reporttest.Falling(12, 0.1))
	d := vanishing.Diagnosis{Profile: p, Verdict: vanishing.Vanishing, Findings: []vanishing.Finding{
		{Rule: "vanishing", Severity: vanishing.Critical, Layers: []int{0, 1, 2, 4}, Step: 0, Sentence: "It shrinks.", Evidence: "By 10.", Confidence: 0.987, Remedy: "Normalise each layer.", Code: "Norm: graph.LN"},
		{Rule: "gradient-noise", Severity: vanishing.Note, Step: 20, Sentence: "Mostly noise.", Confidence: 1},
	}}
	got := Text{Notes: true}.findings(d)
	want := `
critical: vanishing, layers 1-3, 5, from step 0 on, confidence 99%
It shrinks.
By 10.
remedy: Normalise each layer. code: Norm: graph.LN

note: gradient-noise, from step 20 on, confidence 100%
Mostly noise.
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	want = strings.Split(want, "\nnote: ")[0] + "\n1 note: gradient-noise (shown with -notes)\n"
	if got := (Text{}).findings(d); got != want {
		t.Errorf("without notes: got:\n%s\nwant:\n%s", got, want)
	}
	if got, want := markdownFindings(d), "\n<details><summary>1 note</summary>\n\n- **note: gradient-noise**, "; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	if got, want := markdownFindings(d), "\n- **critical: vanishing**, layers 1-3, 5, from step 0 on, confidence 99%. It shrinks. By 10. remedy: Normalise each layer. code: Norm: graph.LN\n"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

func TestLayersAreListedByDepth(t *testing.T) {
	p := reporttest.Plain("net", reporttest.Falling(40, 1))
	every := []int{}
	for l := 0; l < 40; l += 2 {
		every = append(every, l)
	}
	for want, layers := range map[string][]int{
		"": nil, "layer 4": {3}, "layers 1-3": {0, 1, 2}, "layers 1, 3-4, 40": {0, 2, 3, 39}, "layers 1, 3, 5, 7, 9, 11, 13, 15, ...": every,
	} {
		if got := depthsOf(vanishing.English, p, layers); got != want {
			t.Errorf("%v: got %q, want %q", layers, got, want)
		}
	}
}
