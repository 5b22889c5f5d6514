package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// scheduled has a loss that goes from 2.31 to another, with rates that a schedule sets and steps in proportion to them.
func scheduled(last float64, rate func(step int) float64) profile.Profile {
	p := stuckProfile(200, 2.31, last, level(6)...)
	p.Optimizer = sgd(0.02)
	eachUpdate(func(step, _ int, u *profile.Update) {
		if u.Ratio = profile.Number(1e-3 * rate(step)); u.Ratio < 1e-8 { // lost in rounding
			u.Ratio = 0
		}
	})(&p)
	for i := range p.Records {
		p.Records[i].LearningRate = profile.Number(0.02 * rate(i))
	}
	return p
}

func decaysBy(factor float64) func(int) float64 {
	return func(step int) float64 { return math.Pow(factor, float64(step)) }
}

// A schedule that falls to nothing in each step, where each epoch was meant, is named: no other rate, and no larger network, helps.
func TestScheduleEndsEarly(t *testing.T) {
	for name, rate := range map[string]func(int) float64{"exponential": decaysBy(0.8), "linear to zero": func(step int) float64 { return max(0, 1-float64(step)/40) }} {
		for last, verdict := range map[float64]Verdict{2.3: Stuck, 1.9: Healthy} {
			d := expectVerdict(t, scheduled(last, rate), verdict)
			f := expectFinding(t, d, "learning-rate-too-small", "The schedule ends the training early", "check whether its schedule suits")
			if f.Step == 0 || f.Severity != Warning || f.Code != "" {
				t.Errorf("%s: got %+v", name, f)
			}
			if verdict == Stuck {
				expectFinding(t, d, "stuck", "of the optimiser's own in most steps: check whether its schedule")
			}
		}
	}
	for name, p := range map[string]profile.Profile{
		"constant": scheduled(1.9, decaysBy(1)), "has learnt": scheduled(0.2, decaysBy(0.8)), "by half of the steps a tenth": scheduled(1.9, decaysBy(0.977)),
		"warm-up": scheduled(1.9, func(step int) float64 { return math.Pow(0.8, float64(199-step)) }),
		"cosine":  scheduled(1.9, func(step int) float64 { return (1 + math.Cos(math.Pi*float64(step)/199)) / 2 }),
	} {
		for _, f := range Diagnose(p).Findings {
			if f.Rule == "learning-rate-too-small" && f.Sentence[:12] == "The schedule" {
				t.Errorf("%s: got %+v", name, f)
			}
		}
	}
	unknown := scheduled(2.3, decaysBy(0))
	for i := range unknown.Records {
		unknown.Records[i].LearningRate = 0
	}
	expectFinding(t, Diagnose(unknown), "stuck", "check whether the targets belong")
}
