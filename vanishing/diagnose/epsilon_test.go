package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// An epsilon far above the gradients is named as the cause of small steps, unless it is the usual one and the gradients are small.
func TestEpsilonAboveTheGradients(t *testing.T) {
	with := func(epsilon, gradient profile.Number) Diagnosis {
		return Diagnose(guesses(func(p *profile.Profile) {
			p.Optimizer = adam(1e-3)
			p.Optimizer.Epsilon = epsilon
			for i := range p.Records {
				for l := range p.Records[i].Params {
					p.Records[i].Params[l].GradRMS = gradient
				}
			}
		}))
	}
	d := with(10, 0.01)
	for _, rule := range []string{"stuck", "learning-rate-too-small"} {
		if f := expectFinding(t, d, rule, "epsilon of 10 is 1000 times as large"); f.Code != "Epsilon: 1e-08" || !strings.Contains(f.Evidence, "gradient over epsilon") {
			t.Errorf("%s: got %+v", rule, f)
		}
	}
	expectFinding(t, with(1e-8, 1e-12), "stuck", "raise the learning rate")
	if f := expectFinding(t, with(1e-8, 0.01), "stuck", "raise the learning rate"); !strings.Contains(f.Evidence, "whatever its gradient") {
		t.Errorf("the usual epsilon: got %q", f.Evidence)
	}
	expectFinding(t, with(1e-3, 0.01), "stuck", "raise the learning rate")
}
