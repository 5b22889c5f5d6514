package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// right gives a profile these accuracies after its last epoch and of guessing.
func right(p *profile.Profile, accuracy, guessing profile.Number) {
	p.BaselineAccuracy, p.History = guessing, []profile.Epoch{{ValAccuracy: &accuracy}}
}

// What a finding costs decides on its severity: a network that learns has no critical one.
func TestLearningIsNotCritical(t *testing.T) {
	overTime := func() profile.Profile {
		p := recurrent(falling(40, 0.7)...)
		for step := range 200 {
			p.Records = append(p.Records, p.Records[0])
			p.Records[step+1].Step, p.Records[step+1].Loss = step+1, 0.4
		}
		p.Baseline = 0.69
		return p
	}
	saturated := func(share profile.Number) func() profile.Profile {
		return func() profile.Profile {
			p := stuckProfile(200, 1.6, 1.5, falling(11, 1)...)
			for i := range p.Records {
				p.Records[i].Details.Layers[4].Saturated = share
			}
			p.Layers[4].Activation = tanh
			return p
		}
	}
	dead := func() profile.Profile {
		p := stuckProfile(200, 1.6, 1.5, falling(11, 1)...)
		for i := range p.Records {
			p.Records[i].Details.Layers[4].Dead = 1
		}
		return p
	}
	overDepth := func() profile.Profile { return stuckProfile(200, 1.6, 1.5, falling(11, 0.3)...) }
	broken := func() profile.Profile { return stuckProfile(200, 1.6, 1.5, 1e-5, 1e-5, 1e-5, 1, 1, 1) }
	for _, c := range []struct {
		rule              string
		of                func() profile.Profile
		accuracy          profile.Number
		want, ofTheOthers Severity
	}{
		{"vanishing", overTime, 0.9, Warning, Critical},
		{"vanishing", overDepth, 0.9, Warning, Critical},
		{"vanishing", broken, 0.9, Warning, Critical},
		{"saturation", saturated(0.95), 0.9, Note, Warning}, // the loss falls, if hardly
		{"saturation", saturated(0.8), 0.9, Note, Note},
		{"dead-relu", dead, 0.9, Warning, Critical},
	} {
		for accuracy, want := range map[profile.Number]Severity{c.accuracy: c.want, 0.55: c.ofTheOthers} {
			p := c.of()
			if right(&p, accuracy, 0.5); c.rule == "vanishing" { // the early layers move less
				for i := range p.Records {
					for l := range p.Records[i].Params {
						p.Records[i].Details.Updates[l].Ratio = 1e-3 * p.Records[i].Layers[l].DeltaRMS
					}
				}
			}
			if f := expectFinding(t, Diagnose(p), c.rule); f.Severity != want {
				t.Errorf("%s, accuracy %g: got %v, want %v: %s", c.rule, accuracy, f.Severity, want, f.Sentence)
			}
		}
	}
	p := saturated(0.95)()
	levelLoss(&p)
	if p.Baseline = 1; expectFinding(t, Diagnose(p), "saturation").Severity != Critical {
		t.Error("saturation in a network that learns nothing: want it critical")
	}
}

// A network whose loss is far above that of guessing does not learn, even if updates move all weights alike.
func TestSeverityFarAboveGuessing(t *testing.T) {
	of := func(loss profile.Number) Finding {
		p := trainedProfile(20, adam(0.01), append(falling(8, 5), 1)...)
		p.Baseline = 1
		for i := range p.Records {
			p.Records[i].Loss = loss / profile.Number(i+1)
		}
		return expectFinding(t, Diagnose(p), "exploding")
	}
	if f := of(1e8); f.Severity != Critical {
		t.Errorf("got %v far above guessing", f.Severity)
	}
	if f := of(10); f.Severity != Warning {
		t.Errorf("got %v in a network that learns", f.Severity)
	}
}
