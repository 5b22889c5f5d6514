package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// expectOneAdvice fails if two findings turn a knob opposite ways, or not as far.
func expectOneAdvice(t *testing.T, d Diagnosis) {
	t.Helper()
	for i, a := range d.Findings {
		if a.options != nil && !slices.Contains(specific, a.Rule) {
			t.Errorf("%s turns a knob, and has no place among %q", a.Rule, specific)
		}
		for _, b := range d.Findings[:i] {
			for _, x := range a.options {
				for _, y := range b.options {
					if x.knob == y.knob && x.turn*y.turn < 0 {
						t.Errorf("%s says %q, and %s says %q", a.Rule, x.text, b.Rule, y.text)
					}
					if x.knob == y.knob && x.turn*y.turn > 0 && x.code != "" && y.code != "" && x.code != y.code {
						t.Errorf("%s says %q, and %s says %q", a.Rule, x.code, b.Rule, y.code)
					}
				}
			}
		}
	}
}

// diesInTraining kills most units of a layer after the first steps.
func diesInTraining(p *profile.Profile) {
	for i := 2; i < len(p.Records); i++ {
		p.Records[i].Details.Layers[2].Dead = 0.99
	}
}

// Of rules with opposite advice the more specific one decides.
func TestOneAdvice(t *testing.T) {
	tiny := eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 1e-6 })
	flatLoss := func(changes ...func(*profile.Profile)) profile.Profile {
		p := flat(tiny)
		levelLoss(&p)
		for _, change := range changes {
			change(&p)
		}
		return p
	}
	noisyHalves := eachSNR(func(int) float64 { return 1.05 })
	scaleOfNoise := func(scale float64) func(*profile.Profile) {
		return func(p *profile.Profile) {
			ranks(func(int, int) float64 { return math.Sqrt(1 + scale/8) })(p)
			for i := range p.Records {
				for k := range p.Records[i].Params {
					p.Records[i].Params[k].GradL2 = 0
				}
				p.Records[i].Params[0].GradL2 = profile.Number(math.Sqrt(1 + scale/32))
			}
		}
	}
	stuckAndDead := guesses(func(p *profile.Profile) {
		diesInTraining(p)
		for i := range p.Records {
			for l := range p.Records[i].Params {
				p.Records[i].Details.Updates[l].Ratio = 1e-4
			}
		}
	})
	saturatedAndSmall := predicted(-0.5, append(falling(10, math.Pow(10, -0.5)), 1)...)
	for l := range saturatedAndSmall.Layers[:10] {
		saturatedAndSmall.Layers[l].Activation = tanh
	}
	for _, r := range saturatedAndSmall.Records[3:] {
		r.Details.Layers[1].Saturated = 0.95
	}
	for _, c := range []struct {
		name           string
		p              profile.Profile
		loser, decider string
		want, not      string // of the loser
	}{
		{"units died, and nothing is learnt", stuckAndDead, "stuck", "dead-relu", "The finding dead-relu names the cause more closely, so its advice comes first. A lower learning rate", "raise"},
		{"units died, and steps are small", flatLoss(diesInTraining), "learning-rate-too-small", "dead-relu", "The finding dead-relu names the cause more closely", "Raise"},
		{"a large step, and then small ones", flatLoss(func(p *profile.Profile) {
			for l := range p.Params {
				p.Records[0].Details.Updates[l].Ratio = 30
			}
		}), "learning-rate-too-small", "learning-rate-too-large", "Lower the learning rate", "Raise"},
		{"noise, and steps are small", flatLoss(noisyHalves), "gradient-noise", "learning-rate-too-small", "A batch four times as large", "lower"},
		{"noise, and nothing is learnt", guesses(noisyHalves), "gradient-noise", "stuck", "A batch four times as large", "lower"},
		{"the halves are noise, but not the ranks", flatLoss(noisyHalves, scaleOfNoise(8)), "gradient-noise", "noise-scale", "Near a minimum", "four times"},
		{"the halves and the ranks are noise", flatLoss(noisyHalves, scaleOfNoise(320)), "gradient-noise", "noise-scale", "twice the size", "four times"},
		{"a larger batch, and units died", flat(func(p *profile.Profile) { scaleOfNoise(320)(p); diesInTraining(p) }), "noise-scale", "dead-relu", "twice the size", "may rise"},
		{"logits grow, and steps are small", flatLoss(attended(func(step int) (float64, float64, float64, float64) {
			return 0.5, grown(step, 0.2, 2000), 0.1, 0.2
		})), "learning-rate-too-small", "logit-growth", "warm-up", "Raise"},
		{"small weights, saturated in training", saturatedAndSmall, "saturation", "bad-init-scale", "normalisation before", "Smaller"},
		{"not finite, and steps were small", flatLoss(func(p *profile.Profile) { p.Records[19].Loss = profile.Number(math.Inf(1)) }),
			"learning-rate-too-small", "non-finite", "Smaller steps", "Raise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Diagnose(c.p)
			expectOneAdvice(t, d)
			expectFinding(t, d, c.decider)
			if f := expectFinding(t, d, c.loser, c.want); strings.Contains(f.Remedy, c.not) || strings.Count(f.Remedy, "Not tried") > 1 {
				t.Errorf("%s: %s (%s)", f.Rule, f.Remedy, f.Code)
			}
		})
	}
	expectOneAdvice(t, NonFiniteRun(lang.English, flatLoss(), nil))
}

// Units that never responded were not killed by the rate.
func TestUnitsDeadFromTheStart(t *testing.T) {
	f := expectFinding(t, Diagnose(flat(eachLayer(4, func(l *profile.LayerDetail) { l.Dead = 0.99 }))), "dead-relu", "LeakyReLU")
	if strings.Contains(f.Remedy, "learning rate") {
		t.Error(f.Remedy)
	}
}

func TestSpecificRulesExist(t *testing.T) {
	for _, name := range specific {
		if !slices.Contains(Rules(), name) {
			t.Errorf("there is no rule %q", name)
		}
	}
}
