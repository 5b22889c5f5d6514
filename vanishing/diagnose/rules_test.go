package diagnose

import (
	"errors"
	"math"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestDeadUnits(t *testing.T) {
	d := Diagnose(flat(eachLayer(4, func(l *profile.LayerDetail) { l.Dead = 0.99 })))
	if f := expectFinding(t, d, "dead-relu", "In layer 5 the larger part", "99 % of its units"); f.Severity != Warning || len(f.Layers) != 1 || f.Layers[0] != 4 {
		t.Errorf("%+v", f)
	}
	// Of ten units nine may be dead by chance, as each is with probability one half.
	expectNoFinding(t, Diagnose(flat(eachLayer(4, func(l *profile.LayerDetail) { l.Dead = 0.9 }))), "dead-relu")
	wide := flat(eachLayer(4, func(l *profile.LayerDetail) { l.Dead = 0.6 }))
	wide.Layers[4].Units = 1000
	expectFinding(t, Diagnose(wide), "dead-relu")
	wide.Layers[4].Activation = tanh
	expectNoFinding(t, Diagnose(wide), "dead-relu")
}

// Units that die of steps that are too large need smaller steps.
func TestUnitsThatDieOfLargeSteps(t *testing.T) {
	for _, c := range []struct {
		from int // the first record with dead units
		want string
	}{{1, "LearningRate: 5e-05"}, {0, "Activation: graph.LeakyReLU(0.01)"}} {
		p := flat(eachUpdate(func(_, _ int, update *profile.Update) { update.Ratio = 0.2 }))
		levelLoss(&p)
		for i := c.from; i < len(p.Records); i++ {
			p.Records[i].Details.Layers[4].Dead = 1
		}
		if f := expectFinding(t, Diagnose(p), "dead-relu"); f.Code != c.want {
			t.Errorf("dead from record %d on: got %q, want %q", c.from, f.Code, c.want)
		}
	}
}

func TestSaturatedUnits(t *testing.T) {
	spoilt := flat(eachLayer(2, func(l *profile.LayerDetail) { l.Saturated = 0.8 }))
	expectNoFinding(t, Diagnose(spoilt), "saturation") // ReLU may be inactive on 80 % of the samples
	spoilt.Layers[2].Activation = tanh
	if f := expectFinding(t, Diagnose(spoilt), "saturation", "lie where tanh is flat", "80 %"); f.Severity != Note {
		t.Errorf("a network whose loss falls gets a note, got %v", f.Severity)
	}
	levelLoss(&spoilt)
	if f := expectFinding(t, Diagnose(spoilt), "saturation"); f.Severity != Warning {
		t.Errorf("one whose loss does not gets a warning, got %v", f.Severity)
	}
	for _, c := range []struct {
		share float64
		want  bool
	}{{0.74, false}, {0.76, true}} {
		p := flat(eachLayer(2, func(l *profile.LayerDetail) { l.Saturated = profile.Number(c.share) }))
		if p.Layers[2].Activation = tanh; c.want {
			expectFinding(t, Diagnose(p), "saturation")
		} else {
			expectNoFinding(t, Diagnose(p), "saturation")
		}
	}
	spoilt.Records = spoilt.Records[:1]
	spoilt.Records[0].Details = nil
	expectNoFinding(t, Diagnose(spoilt), "saturation")
}

func TestNeighboursOfTheFirstNonFiniteNumber(t *testing.T) {
	for words, spoil := range map[string]func(r *profile.Record){
		"layer 4 was still finite and layer 5 was not":                 func(r *profile.Record) { r.Details.Layers[4].ActStd = profile.Number(math.NaN()) },
		"the gradient of layer 6 was still finite and that of layer 5": func(r *profile.Record) { r.Layers[4].DeltaRMS = profile.Number(math.Inf(1)) },
		"the loss was finite and the gradient of layer 11 was not":     func(r *profile.Record) { r.Layers[10].DeltaRMS = profile.Number(math.NaN()) },
		"The inputs come straight before it":                           func(r *profile.Record) { r.Details.Layers[0].ActMean = profile.Number(math.NaN()) },
	} {
		d := Diagnose(flat(func(p *profile.Profile) { spoil(&p.Records[7]) }))
		f := expectFinding(t, d, "non-finite", words, "The last finite record is that of step 6", "LearningRate: 0.001")
		if f.Step != 7 || f.Severity != Critical || d.Findings[0].Rule != "non-finite" {
			t.Errorf("%+v", f)
		}
	}
	expectFinding(t, Diagnose(flat(func(p *profile.Profile) { p.Records[0].Loss = profile.Number(math.NaN()) })), "non-finite", "No earlier record is finite")
}

// A diagnosis advises one learning rate, by the size of the steps.
func TestRateAfterOverflow(t *testing.T) {
	p := flat(eachUpdate(func(_, _ int, update *profile.Update) { update.Ratio = 0.2 }))
	levelLoss(&p)
	p.Records[19].Loss = profile.Number(math.Inf(1))
	d := Diagnose(p)
	if overflow, large := expectFinding(t, d, "non-finite"), expectFinding(t, d, "learning-rate-too-large"); overflow.Code != large.Code {
		t.Errorf("got %q and %q, want the same rate", overflow.Code, large.Code)
	}
}

// As a network converges all its gradients fall together, which is healthy.
func TestConvergenceIsNoVanishing(t *testing.T) {
	p := flat(func(p *profile.Profile) {
		for i := range p.Records {
			for l := range p.Records[i].Layers {
				p.Records[i].Layers[l].DeltaRMS *= profile.Number(math.Pow(10, -float64(i)/2))
			}
			for l := range p.Records[i].Params {
				p.Records[i].Details.Updates[l].Ratio *= profile.Number(math.Pow(10, -float64(i)/10))
			}
		}
	})
	if d := Diagnose(p); d.Verdict != Healthy || len(d.Findings) != 0 {
		t.Errorf("%v, %+v", d.Verdict, d.Findings)
	}
}

// A stopped run has no record of its last step.
func TestNonFiniteRun(t *testing.T) {
	p := flat(func(*profile.Profile) {})
	cause := errors.New("node 17 of dense3")
	d := NonFiniteRun(lang.English, p, cause)
	expectFinding(t, d, "non-finite", "node 17 of dense3")
	if d.Verdict != NonFinite || d.NonFinite == nil || d.NonFinite.Step != 20 {
		t.Errorf("%v, %+v, want non-finite at step 20", d.Verdict, d.NonFinite)
	}
	p.Records[5].Loss = profile.Number(math.Inf(1))
	expectFinding(t, NonFiniteRun(lang.English, p, cause), "non-finite", "The last finite record", "node 17 of dense3")
}
