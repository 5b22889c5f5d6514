package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// One of two losses stays that of guessing, while their sum falls to a third.
func TestOneOfTheLossesIsStuck(t *testing.T) {
	of := func(class, size func(step int) float64) profile.Profile {
		return flat(func(p *profile.Profile) {
			p.Baseline, p.Losses = 12.3, []profile.Loss{{Name: "class", Baseline: 2.3}, {Name: "size", Baseline: 10}}
			for i := range p.Records {
				p.Records[i].Step *= 20
				p.Records[i].Losses = []profile.Number{profile.Number(class(i)), profile.Number(size(i))}
				p.Records[i].Loss = p.Records[i].Losses[0] + p.Records[i].Losses[1]
			}
		})
	}
	still := func(int) float64 { return 2.3 }
	falls := func(step int) float64 { return 10 / float64(step+1) }
	d := Diagnose(of(still, falls))
	if d.Verdict != Stuck || !strings.Contains(d.Sentence, "class has learnt nothing") || !strings.Contains(d.Sentence, "2.3 of guessing") {
		t.Errorf("got %v: %s", d.Verdict, d.Sentence)
	}
	if !strings.Contains(d.Headline(), "the loss class is still that of guessing") {
		t.Errorf("got the headline %q", d.Headline())
	}
	if f := expectFinding(t, d, "stuck", "class", "from 5.633 to 2.856"); f.Severity != Critical {
		t.Errorf("got %+v", f)
	}
	if d := Diagnose(of(func(step int) float64 { return falls(step) / 5 }, falls)); d.Verdict != Healthy {
		t.Errorf("both are learnt: got %v: %s", d.Verdict, d.Sentence)
	}
	unknown := of(still, falls)
	unknown.Losses[0].Baseline = 0
	if d := Diagnose(unknown); d.Verdict != Healthy {
		t.Errorf("without a baseline: got %v: %s", d.Verdict, d.Sentence)
	}
}

// Where no loss with a baseline learns, a gradient of the sum that shrinks enough to be the cause is named.
func TestStuckBesideAPenalty(t *testing.T) {
	with := func(first, other float64) profile.Profile {
		p := trainedProfile(200, adam(0.001), falling(6, first)...)
		p.Losses = []profile.Loss{{Name: "output", Baseline: 10}, {Name: "penalty", Baseline: profile.Number(other)}}
		for i := range p.Records {
			p.Records[i].Loss, p.Records[i].Losses = 11, []profile.Number{10, 1}
		}
		return p
	}
	d := expectVerdict(t, with(0.25, 0), Vanishing, "shrinks on its way back, too much for this network", "the loss of 10 is no better than the 10 of guessing")
	expectFinding(t, d, "vanishing")
	expectVerdict(t, with(0.9, 0), Stuck, "Of the losses, output has learnt nothing")
	expectVerdict(t, with(0.25, 5), Stuck, "Of the losses, output has learnt nothing") // the other loss learns through the same layers
}
