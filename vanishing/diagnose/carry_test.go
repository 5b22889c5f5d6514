package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// sequenceOf is the profile of one recurrent layer whose steps have the given gradients.
func sequenceOf(cell string, delta ...float64) profile.Profile {
	p := synthetic(1, 1)
	s := profile.Sequence{Steps: len(delta), Cell: cell}
	var sizes []profile.Number
	for i, v := range delta {
		s.At, sizes = append(s.At, i+1), append(sizes, profile.Number(v))
	}
	p.Sequences = []profile.Sequence{s}
	p.Records[0].Details.Sequences = []profile.SequenceDetail{{DeltaRMS: sizes}}
	return p
}

// A network of gates is not told to take gates. log(40) = 3.7.
func TestRemedyOverTimeSuitsTheCell(t *testing.T) {
	for cell, want := range map[string][2]string{
		profile.LSTM:    {"Let the forget gate begin open: with a bias of log(steps), here 3.7", "ForgetBias: 3.7"},
		profile.GRU:     {"carries the gradient further than a GRU", ""},
		profile.RNNTanh: {"An LSTM whose forget gate begins with a bias of log(steps), here 3.7", "StateInit: initializer.Orthogonal{}"},
		"":              {"a recurrent weight that is drawn orthogonal", ""},
	} {
		if f := expectFinding(t, Diagnose(sequenceOf(cell, falling(40, 0.7)...)), "vanishing", want[0]); f.Code != want[1] {
			t.Errorf("%s: got the code %q, want %q", cell, f.Code, want[1])
		}
	}
	f := expectFinding(t, Diagnose(sequenceOf(profile.RNNReLU, falling(40, 1.4)...)), "exploding", "clip the gradient")
	if f.Code != "StateInit: initializer.Orthogonal{}" {
		t.Errorf("exploding: got the code %q", f.Code)
	}
}

// Steps that are small because an optimiser divides by a gradient that has exploded do not ask for a higher rate.
func TestExplodingNeedsNoHigherRate(t *testing.T) {
	p := trainedProfile(20, adam(0.003), falling(11, 3)...)
	for i := range p.Records {
		p.Records[i].Loss = 100
		for k := range p.Records[i].Details.Updates {
			p.Records[i].Details.Updates[k].Ratio = 1e-6
		}
	}
	if f := expectFinding(t, Diagnose(p), "learning-rate-too-small", "The gradient explodes: mend that first"); f.Code != "" {
		t.Errorf("got the code %q, want none", f.Code)
	}
}
