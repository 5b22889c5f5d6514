package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// diesLate is a stuck network whose third layer dies after 60 % of the steps, so that by the median its gradient is not zero.
func diesLate(dead profile.Number) profile.Profile {
	p := stuckOn(func(p *profile.Profile) {
		for i := 120; i < 200; i++ {
			for l := range 3 {
				p.Records[i].Layers[l].DeltaRMS = 0
			}
			p.Records[i].Details.Layers[2].Dead = dead
		}
	})
	return p
}

// The sentence for a stuck network does not say that the gradient reaches layers which it no longer reaches by the end.
func TestStuckWithLayersThatDiedLate(t *testing.T) {
	for dead, phrase := range map[profile.Number]string{1: "By the end no gradient reaches layers 1 to 3, where units respond to no sample.", 0: "By the end no gradient reaches layers 1 to 3."} {
		p := diesLate(dead)
		d := expectVerdict(t, p, Stuck, phrase)
		if strings.Contains(d.Sentence, "though the gradient reaches") {
			t.Errorf("got %q", d.Sentence)
		}
		if f := expectFinding(t, d, "stuck"); strings.Contains(f.Remedy, "raise the learning rate") {
			t.Errorf("got %q", f.Remedy)
		}
		p.Records[0].Loss = 100
		expectVerdict(t, p, Stuck, "learnt to guess and no more: its loss came down from 100", phrase)
		accuracy := profile.Number(0.3)
		p.BaselineAccuracy, p.History = 0.1, []profile.Epoch{{Step: 199, TrainAccuracy: &accuracy}}
		expectVerdict(t, p, Stuck, "hardly anything", "Still 30 % of the training samples", phrase)
	}
}

// Where units died to serve one of the losses, its weight is named and not the learning rate.
func TestUnitsThatALossHasKilled(t *testing.T) {
	with := func(second profile.Number) profile.Profile {
		p := diesLate(1)
		p.Losses = []profile.Loss{{Name: "output", Baseline: 10}, {Name: "code"}}
		for i := range p.Records {
			p.Records[i].Losses = []profile.Number{10, 1}
			if i > 10 {
				p.Records[i].Losses[1] = second
			}
		}
		return p
	}
	expectFinding(t, Diagnose(with(1e-4)), "stuck", "code has fallen to 1e-4 of what it was at first", "output stays that of guessing", "a lower weight")
	if f := expectFinding(t, Diagnose(with(0.5)), "stuck"); strings.Contains(f.Remedy, "lower weight") {
		t.Errorf("a loss that has not come to nothing: got %q", f.Remedy)
	}
	dead := with(1e-4)
	for i := range dead.Records {
		if i > 10 {
			dead.Records[i].Details.Layers[2].Dead = 1
			dead.Records[i].Layers[2].DeltaRMS, dead.Records[i].Layers[1].DeltaRMS, dead.Records[i].Layers[0].DeltaRMS = 0, 0, 0
		}
	}
	for _, rule := range []string{"vanishing", "dead-relu"} {
		expectFinding(t, Diagnose(dead), rule, "a lower weight")
	}
}
