package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestEdgeOfStability(t *testing.T) {
	at := func(times ...float64) func(*profile.Profile) {
		return func(p *profile.Profile) {
			for i, v := range times {
				p.Sharpness = append(p.Sharpness, profile.Sharpness{Step: 10 * i, Value: profile.Number(20 * v), Limit: 20})
			}
		}
	}
	f := expectFinding(t, Diagnose(flat(at(0.2, 0.5, 0.9, 1.1, 1, 1.2))), "edge-of-stability", "1.1 times the limit", "3 measurements")
	if f.Severity != Note || f.Step != 30 || f.Remedy != "Nothing needs to change. A lower learning rate makes the loss smoother, and the training slower." {
		t.Errorf("got %+v", f)
	}
	expectNoFinding(t, Diagnose(flat(at(0.2, 0.5, 0.9, 0.3, 0.2, 1.2))), "edge-of-stability")
	expectNoFinding(t, Diagnose(flat(at(1, 1, 1))), "edge-of-stability") // two are too few
	expectNoFinding(t, Diagnose(flat(at(3, 3, 3, 3, 3, 3))), "edge-of-stability")

	stands := flat(at(1, 1, 1, 1, 1, 1))
	levelLoss(&stands)
	expectNoFinding(t, Diagnose(stands), "edge-of-stability")

	unknown := flat(at(1, 1, 1, 1, 1, 1))
	for i := range unknown.Sharpness {
		unknown.Sharpness[i].Limit = 0
	}
	expectNoFinding(t, Diagnose(unknown), "edge-of-stability")
}

// A loss that is too sharp for the steps is evidence that they are too large.
func TestSharpnessIsEvidenceForLargeSteps(t *testing.T) {
	p := flat(eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 0.2 }))
	levelLoss(&p)
	p.Sharpness = []profile.Sharpness{{Step: 0, Value: 10, Limit: 20}, {Step: 10, Value: 300, Limit: 20}, {Step: 20, Value: 40, Limit: 20}}
	expectFinding(t, Diagnose(p), "learning-rate-too-large", "In step 10 the loss was 15 times as sharp as these steps allow")
}
