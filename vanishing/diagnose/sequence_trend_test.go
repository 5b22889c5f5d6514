package diagnose

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// gated is the profile of a recurrent layer of one operation whose steps have the given gradients, and an output layer.
func gated(cell profile.CellKind, delta ...float64) profile.Profile {
	p := synthetic(delta[len(delta)-1], 1)
	p.Layers[0].Recurrent = true
	s := profile.Sequence{Steps: len(delta), Cell: cell}
	var d profile.SequenceDetail
	for i, v := range delta {
		s.At = append(s.At, i+1)
		d.DeltaRMS = append(d.DeltaRMS, profile.Number(v))
	}
	p.Sequences = []profile.Sequence{s}
	for i := range p.Records {
		p.Records[i].Details = &profile.Details{
			Layers: make([]profile.LayerDetail, 2), Params: make([]profile.ParamDetail, len(p.Params)), Sequences: []profile.SequenceDetail{d},
		}
	}
	return p
}

// withCarry sets the parts of the gradient: 3 through the carry and 4 through the gates, and none at the last step.
func withCarry(p profile.Profile, gate float64) profile.Profile {
	for i := range p.Records {
		d := &p.Records[i].Details.Sequences[0]
		d.Carry = profile.Number(gate)
		for k := range d.DeltaRMS {
			carry, gates := profile.Number(3), profile.Number(4)
			if k == len(d.DeltaRMS)-1 {
				carry, gates = 0, 0
			}
			d.CarryRMS, d.GatesRMS = append(d.CarryRMS, carry), append(d.GatesRMS, gates)
		}
	}
	return p
}

// The evidence tells how the gradient of an LSTM passes from step to step, and the remedy for it opens its gate.
func TestGradientThroughTheCarry(t *testing.T) {
	p := withCarry(gated("lstm", falling(41, 0.7)...), 0.5)
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	d := Diagnose(p)
	if s := d.Sequences[0]; d.Verdict != Vanishing || math.Abs(s.Share-0.36) > 1e-12 || s.Gate != 0.5 || len(s.CarryShares) != 41 || !math.IsNaN(s.CarryShares[40]) {
		t.Fatalf("got %v with %+v, want a vanishing gradient with a share of 0.36 and a gate of 0.5", d.Verdict, s)
	}
	if want := "From step to step 36 % of the squared gradient passes through the cell's carry"; !strings.Contains(d.Evidence, want) || !strings.Contains(d.Evidence, "the forget gate is 0.50") {
		t.Errorf("got evidence %q, want %q", d.Evidence, want)
	}
	if got := DiagnoseIn(lang.Chinese, p).Evidence; !strings.Contains(got, "遗忘门的中位数为 0.50") {
		t.Errorf("got %q in Chinese", got)
	}
	plain := Diagnose(gated("rnn_tanh", falling(41, 0.7)...))
	if strings.Contains(plain.Evidence, "carry") || plain.Sequences[0].CarryShares != nil {
		t.Errorf("plain: got evidence %q and %+v", plain.Evidence, plain.Sequences[0])
	}
}

// Theory stands beside the change of the first record, in the order of the recurrence.
func TestExpectationOverTime(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		p := gated("rnn_tanh", 1e-5, 1e-3, 1e-1)
		if reverse {
			p = gated("rnn_tanh", 1e-1, 1e-3, 1e-5)
		}
		theory := profile.SequenceTheory{Delta: []profile.Number{-5, -3, -1}, Radius: 0.5}
		if p.Sequences[0].Reverse = reverse; reverse {
			theory.Delta = []profile.Number{-1, -3, -5}
		}
		p.Sequences[0].Theory = &theory
		d := Diagnose(p)
		if s := d.Sequences[0]; s.Expected != -4 || math.Abs(s.Measured+4) > 1e-12 || !math.IsNaN(s.Share) {
			t.Errorf("reverse %v: got %+v, want -4 decades expected and measured", reverse, s)
		}
		for _, want := range []string{"theory expects -4.0 decades from the last step to the first, and -4.0 were measured", "spectral radius of the recurrent weight is 0.50"} {
			if !strings.Contains(d.Evidence, want) {
				t.Errorf("reverse %v: got %q, want %q", reverse, d.Evidence, want)
			}
		}
		theory.None = "no words"
		if s := Diagnose(p).Sequences[0]; !math.IsNaN(s.Expected) {
			t.Errorf("without a prediction: got %+v", s)
		}
	}
}
