package diagnose

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// predicted is a profile whose theory expects a change per layer, in decades, with a band of 0.1 a layer.
func predicted(perLayer float64, delta ...float64) profile.Profile {
	p := trainedProfile(20, sgd(0.01), delta...)
	t := &profile.Theory{}
	hidden := len(delta) - 1
	for l := range p.Layers {
		p.Layers[l].Units = 64
	}
	measured := func(l int) float64 { return math.Log10(delta[l]) }
	for l := range delta {
		if l == hidden {
			t.Layers = append(t.Layers, nil)
			continue
		}
		steps := float64(hidden - 1 - l)
		z, step := 0.0, 0.0
		if l < hidden-1 {
			z = (measured(l) - measured(hidden-1) - perLayer*steps) / (0.1 * math.Sqrt(steps))
			step = (measured(l) - measured(l+1) - perLayer) / 0.1
		}
		t.Layers = append(t.Layers, &profile.LayerTheory{
			Delta: profile.Number(perLayer * steps), Band: profile.Number(0.1 * math.Sqrt(steps)), Q: 1, Chi: 1, Z: profile.Number(z), Step: profile.Number(step),
		})
	}
	p.Theory = t
	return p
}

func TestTheoryTellsWhetherItWasToBeExpected(t *testing.T) {
	d := Diagnose(predicted(-0.5, append(falling(10, math.Pow(10, -0.5)), 1)...))
	expectFinding(t, d, "bad-init-scale", "too small for this depth", "by a factor of 3.2 per layer", "-4.5 ± 0.3", "Init: initializer.HeNormal{}")
	expectNoFinding(t, d, "theory-mismatch")
	if want := "The initialisation explains it: mean-field theory expects -4.5 decades between these layers at the start, and -4.5 were measured."; d.Expected != want {
		t.Errorf("%s, want %s", d.Expected, want)
	}

	d = Diagnose(predicted(0, append(falling(10, math.Pow(10, -0.5)), 1)...))
	expectFinding(t, d, "bad-init-scale", "the weights were drawn at another scale", "-15.0 standard deviations off")
	if want := "The initialisation does not explain it: "; !strings.HasPrefix(d.Expected, want) || !strings.HasSuffix(d.Expected, "so something else is wrong.") {
		t.Errorf("%s, want %s", d.Expected, want)
	}

	// The first record is as expected, and the later ones are not.
	later := predicted(0, append(falling(10, 1), 1)...)
	for i := range later.Records[1:] {
		for l := range later.Records[i+1].Layers {
			later.Records[i+1].Layers[l].DeltaRMS = profile.Number(math.Pow(10, 0.5*float64(l)))
		}
	}
	d = Diagnose(later)
	if f := expectFinding(t, d, "vanishing"); f.Step != 1 || !strings.HasPrefix(d.Expected, "It came with training, and not from the initialisation") {
		t.Errorf("it began at step %d, want 1: %s", f.Step, d.Expected)
	}
	expectNoFinding(t, d, "bad-init-scale")

	// A difference of 0.6 decades over nine steps of a band of 0.1 is two standard deviations, which is chance.
	expectNoFinding(t, Diagnose(predicted(0, append(falling(10, math.Pow(10, -0.6/9)), 1)...)), "bad-init-scale")

	odd := append(falling(10, 1), 1)
	for l := range 5 {
		odd[l] = 4
	}
	d = Diagnose(predicted(0, odd...))
	if f := expectFinding(t, d, "theory-mismatch", "The gradient changes at layer 5", "by +0.60 decades, where mean-field theory expects 0.00: +6.0 standard"); len(f.Layers) != 1 || f.Layers[0] != 4 {
		t.Errorf("%+v", f)
	}
	expectNoFinding(t, d, "bad-init-scale")

	for _, spoilt := range []*profile.Theory{{None: "dropout"}, {Layers: make([]*profile.LayerTheory, 11)}, {}} {
		p := predicted(-0.5, append(falling(10, math.Pow(10, -0.5)), 1)...)
		p.Theory = spoilt
		d := Diagnose(p)
		expectNoFinding(t, d, "bad-init-scale")
		if d.Expected != "" {
			t.Errorf("no theory, but: %s", d.Expected)
		}
	}
}

// In narrow layers chance is larger than theory tells.
func TestNarrowLayersOffTheory(t *testing.T) {
	for units, want := range map[int]bool{0: true, 15: false, 16: true} {
		for _, at := range []int{4, 5} { // the layer that departs, and the next one
			delta := append(falling(10, 1), 1)
			for l := range 5 {
				delta[l] = 4
			}
			p := predicted(0, delta...)
			p.Layers[at].Units = units
			if d := Diagnose(p); want {
				expectFinding(t, d, "theory-mismatch", "The gradient changes at layer 5")
			} else {
				expectNoFinding(t, d, "theory-mismatch")
			}
		}
	}
}

// Up to a quarter of the layers are a mismatch: two of ten, and not three. Each departs by five standard deviations, where four may
// be chance.
func TestFewLayersOffTheory(t *testing.T) {
	for _, c := range []struct {
		odd  int
		by   float64 // decades, of a band of 0.1
		want bool
	}{{1, 0.5, true}, {2, 0.5, true}, {3, 0.5, false}, {1, 0.39, false}} {
		delta := append(falling(10, 1), 1)
		for l := range delta[:9] {
			delta[l] = math.Pow(10, c.by*float64(min(c.odd, 9-l))) // the last layers depart
		}
		if d := Diagnose(predicted(0, delta...)); !c.want {
			expectNoFinding(t, d, "theory-mismatch")
		} else if f := expectFinding(t, d, "theory-mismatch"); len(f.Layers) != c.odd {
			t.Errorf("%d layers differ by %g decades: %+v", c.odd, c.by, f)
		}
	}
}

// A single layer is blamed if its weights cause the change, and not if the activation before it does.
func TestScaleOfOneLayer(t *testing.T) {
	delta := []float64{1e-4, 1e-4, 1e-4, 1e-4, 1, 1, 1, 1}
	at := func(weight, activation float64, init *profile.Initializer) profile.Profile {
		p := predicted(0, delta...)
		for l := range 4 {
			p.Theory.Layers[l].Delta, p.Theory.Layers[l].Z, p.Theory.Layers[l].Step = -4, 0, 0
		}
		for l := range p.Layers[:7] {
			p.Layers[l].Init = &he.usual
		}
		p.Layers[4].Init = init
		if weight != 0 || activation != 0 {
			p.Records[0].Details.Layers[3].Gains = &profile.Gains{Weight: profile.Number(weight), Activation: profile.Number(activation)}
		}
		return p
	}
	small := &profile.Initializer{Kind: profile.Normal, Std: 1e-4}
	for _, p := range []profile.Profile{at(-4, 0, small), at(0, 0, small), at(-4, 0, &he.usual)} {
		if f := expectFinding(t, Diagnose(p), "bad-init-scale", "The weights of layer 5 are too small"); len(f.Layers) != 1 || f.Layers[0] != 4 {
			t.Errorf("%+v", f)
		}
	}
	expectNoFinding(t, Diagnose(at(0, -4, small)), "bad-init-scale")
	expectNoFinding(t, Diagnose(at(0, 0, &he.usual)), "bad-init-scale")
	zeros := at(0, 0, &profile.Initializer{Kind: profile.Constant})
	for l := range 4 {
		zeros.Theory.Layers[l].Delta = profile.Number(math.Inf(-1))
		for i := range zeros.Records {
			zeros.Records[i].Layers[l].DeltaRMS = 0
		}
	}
	expectFinding(t, Diagnose(zeros), "bad-init-scale", "The weights of layer 5 are too small", "initializer.HeNormal{}")
}

// A gradient of exactly zero has other causes than weights of another scale, and in a network of several activations they may be the
// cause.
func TestScaleIsNotBlamedForOtherCauses(t *testing.T) {
	p := predicted(-0.4, append(falling(6, 0.4), 1)...)
	for i := range p.Records {
		p.Records[i].Layers[0].DeltaRMS = 0
	}
	p.Theory.Layers[0].Z = profile.Number(math.Inf(-1))
	expectNoFinding(t, Diagnose(p), "bad-init-scale")

	p = predicted(-0.5, append(falling(10, math.Pow(10, -0.5)), 1)...)
	expectFinding(t, Diagnose(p), "bad-init-scale")
	for l := range 4 {
		p.Layers[l].Activation = sigmoid
	}
	expectNoFinding(t, Diagnose(p), "bad-init-scale")
}

// In normalised layers and in blocks the scale of the weights is not blamed.
func TestExpectedOfNormalisedLayers(t *testing.T) {
	vanishing := func() profile.Profile { return predicted(-0.5, append(falling(10, math.Pow(10, -0.5)), 1)...) }
	p := vanishing()
	for l := range p.Layers {
		p.Layers[l].Norm.Kind = profile.LayerNorm
	}
	expectNoFinding(t, Diagnose(p), "bad-init-scale")
	p = vanishing()
	p.Blocks = []profile.Block{{First: 1, Last: 2}}
	expectNoFinding(t, Diagnose(p), "bad-init-scale")
}

// Where theory expects a spread of decades in one step, as of a saturated layer, it tells nothing of it.
func TestVagueTheoryIsNoMismatch(t *testing.T) {
	odd := append(falling(10, 1), 1)
	for l := range 5 {
		odd[l] = 1e18
	}
	p := predicted(0, odd...)
	expectFinding(t, Diagnose(p), "theory-mismatch")
	p.Theory.Layers[4].Step = 6.5 // standard deviations of 2.8 decades
	expectNoFinding(t, Diagnose(p), "theory-mismatch")
}

// Nor does such a step put the weights of all layers at another scale.
func TestVagueTheoryBlamesNoScale(t *testing.T) {
	p := predicted(0, append(falling(10, math.Pow(10, -0.5)), 1)...)
	expectFinding(t, Diagnose(p), "bad-init-scale", "another scale")
	p.Theory.Layers[0].Step = -0.5 // half a standard deviation of one decade
	expectNoFinding(t, Diagnose(p), "bad-init-scale")
}
