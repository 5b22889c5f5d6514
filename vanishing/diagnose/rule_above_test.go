package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A loss that falls and is still far above guessing is told, with what is of another scale.
func TestAboveGuessing(t *testing.T) {
	above := func(from, to float64, edit func(*profile.Profile)) Diagnosis {
		p := stuckProfile(200, from, to, level(6)...)
		edit(&p)
		return Diagnose(p)
	}
	plain := func(*profile.Profile) {}
	f := expectFinding(t, above(6e4, 2e4, plain), "above-guessing", "still 1.1e4 times that of guessing")
	if f.Severity != Warning || f.Confidence < 0.95 || f.Remedy != "Check whether the inputs and targets are normalised, and train longer." {
		t.Errorf("got %+v", f)
	}
	f = expectFinding(t, above(6e4, 2e4, func(p *profile.Profile) { p.Theory = &profile.Theory{Inputs: 300} }), "above-guessing", "The inputs are of size 300")
	if f.Code != normalizeCode {
		t.Errorf("large inputs: got the code %q", f.Code)
	}
	expectFinding(t, above(6e4, 2e4, func(p *profile.Profile) { p.Targets = 150 }), "above-guessing", "The targets are of size 150")

	inputs := func(size, cosine profile.Number) func(*profile.Profile) {
		return func(p *profile.Profile) { p.Theory = &profile.Theory{Inputs: size, InputCosine: cosine} }
	}
	if f := expectFinding(t, above(12, 3, inputs(200, 0)), "above-guessing", "still 1.8 times", "The inputs are of size 200"); f.Severity != Warning {
		t.Errorf("large inputs, a little above guessing: got %+v", f)
	}
	if f := expectFinding(t, above(3, 1.9, inputs(5, 0.9975)), "above-guessing", "still 0.88 times", "share is 20 times as large"); f.Severity != Note || f.Code != normalizeCode {
		t.Errorf("a common mean, below guessing: got %+v", f)
	}
	expectNoFinding(t, above(2.3, 0.5, inputs(200, 0.9975)), "above-guessing") // has learnt

	batch := func(n int) func(*profile.Profile) {
		return func(p *profile.Profile) {
			p.Layers[1].Norm.Kind = profile.BatchNorm
			for i := range p.Records {
				p.Records[i].Batch = n
			}
		}
	}
	expectFinding(t, above(2.5, 2, batch(4)), "above-guessing", "over 4 samples, which is mostly noise")
	expectNoFinding(t, above(2.5, 2, batch(8)), "above-guessing")

	expectNoFinding(t, above(12, 3, plain), "above-guessing")                                          // on its way
	expectNoFinding(t, above(2.3, 0.5, plain), "above-guessing")                                       // learns
	expectNoFinding(t, above(6e4, 2e4, func(p *profile.Profile) { p.Baseline = 0 }), "above-guessing") // unknown
	expectNoFinding(t, Diagnose(stuckProfile(100, 6e4, 2e4, level(6)...)), "above-guessing")           // too early
	expectNoFinding(t, Diagnose(stuckProfile(200, 6e4, 6e4, level(6)...)), "above-guessing")           // stuck
	expectNoFinding(t, above(6e4, 2e4, func(p *profile.Profile) {                                      // the noise of dropout
		low := profile.Number(1)
		p.History = []profile.Epoch{{Epoch: 1, ValLoss: &low}, {Epoch: 2, ValLoss: &low}}
	}), "above-guessing")
}
