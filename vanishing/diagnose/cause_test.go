package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// stuckOn is a profile of 200 steps whose loss stays that of guessing, 10.
func stuckOn(spoil func(p *profile.Profile)) profile.Profile {
	p := trainedProfile(200, adam(0.001), falling(5, 1)...)
	p.Baseline = 10
	for i := range p.Records {
		p.Records[i].Loss = 10
	}
	spoil(&p)
	return p
}

// Targets far from 1 are named as the cause, whatever the size of the steps.
func TestTargetsOfAnotherScale(t *testing.T) {
	for size, want := range map[profile.Number]bool{5e4: true, 21: true, 19: false, 1: false, 0.011: false, 0.009: true, 0: false} {
		f := expectFinding(t, Diagnose(stuckOn(func(p *profile.Profile) { p.Targets = size })), "stuck")
		if got := f.Code == "StandardizeTargets: true"; got != want {
			t.Errorf("targets of size %g: got %q", float64(size), f.Code)
		}
	}
	thrown := flat(eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 2 }))
	for i := range thrown.Records {
		thrown.Records[i].Loss = profile.Number(1 + i)
	}
	thrown.Targets = 1e3
	expectFinding(t, Diagnose(thrown), "learning-rate-too-large", "The targets are of size 1000")
}

// A gradient that changes in training over layers that began alike has not the depth as its cause, but the steps: of targets far from 1 they
// are large.
func TestTargetsOfAnotherScaleSpoilTheGradient(t *testing.T) {
	grown := func(targets profile.Number) Finding {
		p := stuckProfile(200, 2.31, 2.3, falling(6, 2.5)...)
		p.Targets = targets
		for l := range p.Records[0].Layers {
			p.Records[0].Layers[l].DeltaRMS = 1
		}
		return expectFinding(t, Diagnose(p), "exploding")
	}
	if f := grown(3e5); f.Code != "StandardizeTargets: true" {
		t.Errorf("large targets: %+v", f)
	}
	if f := grown(1); f.Code == "StandardizeTargets: true" {
		t.Errorf("targets of size 1: %+v", f)
	}
}

// An output that cannot reach the targets is named.
func TestTargetsBeyondTheOutput(t *testing.T) {
	for kind, want := range map[profile.ActivationKind]bool{profile.Sigmoid: true, profile.Tanh: true, profile.ReLU: false, "": false} {
		for size, beyond := range map[profile.Number]bool{5: true, 3e5: true, 0.9: false, 0: false} {
			f := expectFinding(t, Diagnose(stuckOn(func(p *profile.Profile) {
				p.Targets, p.Layers[len(p.Layers)-1].Activation.Kind = size, kind
			})), "stuck")
			if got := strings.Contains(f.Remedy, "leave out the activation of the output layer"); got != (want && beyond) {
				t.Errorf("%q, targets of size %g: got %q", kind, float64(size), f.Remedy)
			}
		}
	}
}

// Weight decay that pulls more than the gradients is named. The weights have RMS 1: decay 1 is 10 times the gradient of 0.1.
func TestDecayAboveTheGradient(t *testing.T) {
	decay := func(by profile.Number, kind profile.OptimizerKind) Finding {
		return expectFinding(t, Diagnose(stuckOn(func(p *profile.Profile) {
			p.Optimizer.WeightDecay, p.Optimizer.Kind = by, kind
		})), "stuck")
	}
	if f := decay(1, profile.Adam); f.Code != "WeightDecay: 0.01" {
		t.Errorf("got %+v, want a lower decay", f)
	}
	if f := decay(0.2, profile.Adam); f.Code == "WeightDecay: 0.002" {
		t.Error("a decay of twice the gradient was blamed")
	}
	if f := decay(1, profile.AdamW); f.Code == "WeightDecay: 0.01" { // its decay is no part of the gradient
		t.Error("a decoupled decay was blamed")
	}
}

// Two samples under batch normalisation stop the gradient, where it is measured to do so: in one layer, or little by little in several. In
// others, but those of convolutions, four samples give mostly noise.
func TestTooFewSamplesForBatchNorm(t *testing.T) {
	few := func(batch int, gain profile.Number, edit ...func(*profile.Profile)) Finding {
		return expectFinding(t, Diagnose(stuckOn(func(p *profile.Profile) {
			for _, e := range edit {
				e(p)
			}
			for l := range p.Layers[:4] {
				p.Layers[l].Norm.Kind = profile.BatchNorm
			}
			for i := range p.Records {
				p.Records[i].Batch = batch
				for l := range p.Records[i].Details.Layers[:4] {
					p.Records[i].Details.Layers[l].Gains = &profile.Gains{Norm: gain}
				}
			}
		})), "stuck")
	}
	for _, gain := range []profile.Number{-2, -0.7} {
		if f := few(2, gain); f.Code != "Norm: graph.LN" || !strings.Contains(f.Remedy, "lets hardly any gradient pass") {
			t.Errorf("gain of %g decades: got %+v, want layer normalisation", gain, f)
		}
	}
	for _, batch := range []int{2, 3, 4} {
		if f := few(batch, 0.2); f.Code != "Norm: graph.LN" || !strings.Contains(f.Remedy, fmt.Sprintf("over %d samples, which is mostly noise", batch)) {
			t.Errorf("batch of %d: got %+v, want layer normalisation", batch, f)
		}
	}
	convolution := func(p *profile.Profile) {
		for i := range p.Records {
			p.Records[i].Details.Params[0].Filters = &profile.Filters{MinL2: 1, MedianL2: 1, MaxL2: 1}
		}
	}
	slow := func(p *profile.Profile) { eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 1e-6 })(p) }
	for _, f := range []Finding{few(8, -2), few(2, 0, convolution), few(4, 0, slow)} {
		if f.Code == "Norm: graph.LN" {
			t.Errorf("batch normalisation was blamed: %+v", f)
		}
	}
}

// A network that is stuck by a gradient that shrinks a little is not offered skips where batch normalisation over two samples takes it.
func TestVanishingByTooFewSamples(t *testing.T) {
	p := stuckProfile(200, 2.31, 2.3, falling(6, 0.4)...)
	for l := range p.Layers[:5] {
		p.Layers[l].Norm.Kind = profile.BatchNorm
	}
	for i := range p.Records {
		p.Records[i].Batch = 2
		for l := range p.Records[i].Details.Layers[:4] {
			p.Records[i].Details.Layers[l].Gains = &profile.Gains{Norm: -0.5}
		}
	}
	if f := expectFinding(t, Diagnose(p), "vanishing", "Batch normalisation over 2 samples", "larger batches"); f.Code != "Norm: graph.LN" {
		t.Errorf("got the code %q", f.Code)
	}
}

// Where batch normalisation over so few samples stops the gradient, no other finding offers more of it.
func TestNoBatchNormOverFewSamples(t *testing.T) {
	with := func(batch int, norm profile.NormKind) Finding {
		p := stuckOn(func(p *profile.Profile) {
			for l := range p.Layers[:4] {
				p.Layers[l].Activation = tanh
				p.Layers[l].Norm.Kind = norm
			}
			for i := range p.Records {
				p.Records[i].Batch = batch
				for l := range p.Records[i].Details.Layers[:4] {
					p.Records[i].Details.Layers[l].Saturated = 0.95
					p.Records[i].Details.Layers[l].Gains = &profile.Gains{Norm: -2}
				}
			}
		})
		return expectFinding(t, Diagnose(p), "saturation")
	}
	if f := with(2, profile.BatchNorm); f.Code != "Norm: graph.LN" || !strings.Contains(f.Remedy, "over 2 samples") {
		t.Errorf("got %q: %q, want the advice of the other finding", f.Code, f.Remedy)
	}
	if f := with(2, ""); f.Code != "Norm: graph.LN" {
		t.Errorf("batches of 2: got %q, want layer normalisation", f.Code)
	}
	if f := with(8, ""); f.Code != "Norm: graph.BN" {
		t.Errorf("batches of 8: got %q, want batch normalisation", f.Code)
	}
}

// Units that are dead before any update by their biases are told so, and not to be drawn at another scale.
func TestBiasesThatBeginFarBelowZero(t *testing.T) {
	dead := func(bias profile.Number) Finding {
		p := flat(func(p *profile.Profile) {
			p.Params = append(p.Params, profile.Param{Name: "densea/bias", Layer: p.Layers[0].Path, Depth: 1, Role: "bias", Size: 4})
			for i := range p.Records {
				r := &p.Records[i]
				r.Params = append(r.Params, profile.ParamRecord{})
				r.Details.Params = append(r.Details.Params, profile.ParamDetail{NormL2: 2 * bias})
				r.Details.Updates = append(r.Details.Updates, profile.Update{})
				r.Details.Layers[0].Dead, r.Details.Layers[0].PreMean, r.Layers[0].DeltaRMS = 1, -50, 0
			}
		})
		return expectFinding(t, Diagnose(p), "dead-relu")
	}
	if f := dead(50); f.Code != "BiasInit: initializer.Constant{}" {
		t.Errorf("got %+v, want biases of 0", f)
	}
	if f := dead(1); f.Code == "BiasInit: initializer.Constant{}" {
		t.Errorf("small biases were blamed: %+v", f)
	}
}

// Layers that a group of the optimiser keeps still are no fault.
func TestFrozenByTheOptimiser(t *testing.T) {
	frozen := func(groups int, gradient profile.Number) Finding {
		p := flat(func(p *profile.Profile) {
			p.Optimizer.Groups = groups
			for i := range p.Records {
				p.Records[i].Loss = 1
				p.Records[i].Details.Updates[2] = profile.Update{Unchanged: 1}
				p.Records[i].Params[2].GradRMS = gradient
			}
		})
		return expectFinding(t, Diagnose(p), "layer-not-training")
	}
	if f := frozen(1, 0.1); f.Severity != Note {
		t.Errorf("got %+v, want a note", f)
	}
	for _, f := range []Finding{frozen(0, 0.1), frozen(1, 1e-9)} { // no groups; no gradient
		if f.Severity != Critical {
			t.Errorf("got %+v, want it critical", f)
		}
	}
}

// A plain twin of a residual network has blocks without skips, and is told of no skips.
func TestTwinsHaveNoSkips(t *testing.T) {
	p := with(append(falling(10, 0.2), 1), profile.ReLU, profile.LayerNorm, he.usual)
	p.Blocks = []profile.Block{{First: 1, Last: 2}}
	expectFinding(t, Diagnose(p), "vanishing", "Let the skips pass the gradient on as it is")
	p.Blocks[0].NoSkip = true
	expectFinding(t, Diagnose(p), "vanishing", "Let skips carry the gradient past the layers")
}
