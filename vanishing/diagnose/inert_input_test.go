package diagnose

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// saturatedFirst is a network of tanh that learns, whose first layer is saturated and receives a share of the gradient of the others.
func saturatedFirst(share float64, spoil func(p *profile.Profile)) profile.Profile {
	p := trainedProfile(40, adam(0.001), share, 1, 1, 1, 1)
	p.Baseline, p.Theory = 1, &profile.Theory{Inputs: 1000}
	for l := range p.Layers[:4] {
		p.Layers[l].Activation = tanh
	}
	for i := range p.Records {
		p.Records[i].Loss = profile.Number(1 - 0.5*float64(i)/40)
		p.Records[i].Details.Layers[0].Saturated = 1
	}
	spoil(&p)
	return p
}

// A first layer that the inputs saturate is a finding of its own, and no gradient that vanishes over the depth.
func TestSaturatedByInputsInANetworkThatLearns(t *testing.T) {
	for _, share := range []float64{1e-2, 1e-5} { // a break, and a line that falls
		d := expectVerdict(t, saturatedFirst(share, func(*profile.Profile) {}), Healthy, "back to layer 2. Most pre-activations of layer 1 lie where tanh is flat", "The network learns all the same")
		expectFinding(t, d, "saturation", "normalise them", "may learn no better")
		expectNoFinding(t, d, "vanishing")
		for name, spoil := range map[string]func(p *profile.Profile){
			"its weights hardly move": eachUpdate(func(_, l int, u *profile.Update) {
				if l == 0 {
					u.Ratio = 1e-6
				}
			}),
			"it is not saturated": func(p *profile.Profile) {
				for i := range p.Records {
					p.Records[i].Details.Layers[0].Saturated = 0
				}
			},
			"nothing is learnt": func(p *profile.Profile) { p.Baseline = 0.5 },
			"other layers lose it, too": func(p *profile.Profile) {
				for i := range p.Records {
					for l := range 5 {
						p.Records[i].Layers[l].DeltaRMS *= profile.Number(math.Pow(10, float64(l)))
					}
				}
			},
		} {
			if d := Diagnose(saturatedFirst(share, spoil)); d.Verdict != Vanishing {
				t.Errorf("%g, %s: got %v: %s", share, name, d.Verdict, d.Sentence)
			}
		}
	}
}

// The sentence does not say that layers hardly learn, in a network that learns, whose weights move as much as the others.
func TestSentenceAgreesWithTheUpdates(t *testing.T) {
	for name, delta := range map[string][]float64{"line": falling(6, 0.1), "break": {1e-3, 1e-3, 1, 1, 1, 1}, "growing line": falling(6, 10)} {
		p := trainedProfile(20, adam(0.001), delta...)
		if d := Diagnose(p); strings.Contains(d.Sentence, "hardly learn") || strings.Contains(d.Sentence, "far off") || !strings.Contains(d.Sentence, "move early and late weights by a similar share") {
			t.Errorf("%s: got %v: %s", name, d.Verdict, d.Sentence)
		}
		for i := range p.Records {
			p.Records[i].Loss = 1
		}
		if d := Diagnose(p); strings.Contains(d.Sentence, "move early and late weights") {
			t.Errorf("%s, nothing learnt: got %v: %s", name, d.Verdict, d.Sentence)
		}
		for i := range p.Records {
			p.Records[i].Loss = profile.Number(1 / float64(i+1))
			p.Records[i].Details.Updates[0].Ratio, p.Records[i].Details.Updates[1].Ratio = 1e-6, 1e-6
		}
		if d := Diagnose(p); strings.Contains(d.Sentence, "move early and late weights") {
			t.Errorf("%s: got %v: %s", name, d.Verdict, d.Sentence)
		}
	}
}
