package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// opening is the profile of a cell of 40 steps whose gradient over time changes by a factor per step, for three quarters of 200 records, and by
// another after that, when the loss comes to a share of that of guessing.
func opening(before, after, loss float64) profile.Profile {
	p := gated("lstm", falling(40, before)...)
	late := gated("lstm", falling(40, after)...).Records[0]
	first := p.Records[0]
	first.Loss, p.Records, p.Baseline = 1, nil, 1
	for step := range 200 {
		r := first
		if step >= 150 {
			r = late
			r.Loss = profile.Number(loss)
		}
		r.Step = step
		p.Records = append(p.Records, r)
	}
	return p
}

// A network that has learnt while the gradient came to reach back is judged by the end of the run.
func TestGradientThatReachesBackByNow(t *testing.T) {
	for name, c := range map[string]struct {
		p      profile.Profile
		want   Verdict
		phrase string
	}{
		"it reaches back":       {opening(0.75, 0.99, 0.03), Healthy, "shrank too much over time, and by now it no longer does"},
		"it holds":              {opening(1.33, 0.99, 0.03), Healthy, "grew too much over time, and by now it no longer does"},
		"it is lost to the end": {opening(0.75, 0.75, 0.03), Vanishing, "late steps may be enough"},
		"nothing is learnt":     {opening(0.75, 0.99, 1), Vanishing, "hardly learns what lies many steps back"},
		"it was never lost":     {opening(0.99, 0.99, 0.03), Healthy, "keeps its size"},
	} {
		d := expectVerdict(t, c.p, c.want, c.phrase)
		if byNow := strings.Contains(d.Sentence, "by now"); byNow && (strings.Contains(d.Headline(), "e-") || expectFinding(t, d, overallRule(d)).Severity != Note) {
			t.Errorf("%s: headline %q, findings %+v", name, d.Headline(), d.Findings)
		}
	}
}

// overallRule is the rule of the trend over the whole run.
func overallRule(d Diagnosis) string {
	if d.Time.Change < 0 {
		return "vanishing"
	}
	return "exploding"
}

// The same holds for a cell whose steps are layers, and for a network that has learnt in its last epoch alone.
func TestStepsThatAreLayersByNow(t *testing.T) {
	p := recurrent(falling(40, 0.75)...)
	late := recurrent(falling(40, 0.99)...).Records[0]
	first := p.Records[0]
	p.Records, p.Baseline = nil, 1
	for step := range 80 {
		r := first
		if step >= 65 {
			r = late
		}
		r.Step, r.Loss = step, 1
		p.Records = append(p.Records, r)
	}
	expectVerdict(t, p, Vanishing)
	loss := profile.Number(0.1)
	p.History = []profile.Epoch{{Step: 79, TrainLoss: &loss}}
	expectVerdict(t, p, Healthy, "by now it no longer does", "In the last records it changes by -0.2 decades")
}
