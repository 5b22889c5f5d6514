package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Random weights that are better than guessing have learnt nothing as long as they stay: a network that learns moves them, or its loss falls.
func TestWeightsThatStay(t *testing.T) {
	for name, c := range map[string]struct {
		from, to, ratio float64
		trained         bool
		want            Verdict
	}{
		"frozen":                   {1.8, 1.8, 0, false, Stuck},
		"frozen, in other batches": {1.9, 1.5, 0, false, Stuck},
		"next to frozen":           {1.8, 1.8, 1e-6, false, Stuck},
		"trained before":           {1.8, 1.8, 1e-6, true, Healthy},
		"moves":                    {1.8, 1.8, 1e-3, false, Healthy},
		"falls":                    {2.2, 1.7, 1e-6, false, Healthy},
		"far below guessing":       {0.8, 0.8, 1e-6, false, Healthy},
	} {
		p := stuckProfile(200, c.from, c.to, level(6)...)
		p.Trained = c.trained
		eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = profile.Number(c.ratio) })(&p)
		d := Diagnose(p)
		if d.Verdict != c.want {
			t.Errorf("%s: got %v, want %v: %s", name, d.Verdict, c.want, d.Sentence)
		}
		if c.ratio == 0 {
			expectFinding(t, d, "stuck", "No weight moves")
		}
	}
}
