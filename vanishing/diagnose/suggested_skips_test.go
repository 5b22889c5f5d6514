package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A normalisation that is there is not advised, wherever it is: between layers it is known by a gain for each unit.
func TestNoSecondNormalisation(t *testing.T) {
	normal := profile.Initializer{Kind: profile.Normal, Std: 0.02}
	for _, activation := range []profile.ActivationKind{"", profile.GELU} {
		p := with(append(falling(10, 0.2), 1), activation, "", normal)
		p.Params = append(p.Params, profile.Param{Name: "layernorm1/gain", Role: "gain", Size: 10})
		p.Records[0].Params = append(p.Records[0].Params, profile.ParamRecord{})
		p.Records[0].Details.Params = append(p.Records[0].Details.Params, profile.ParamDetail{NormL2: 3})
		if f := expectFinding(t, Diagnose(p), "vanishing", "Let skips carry the gradient past the layers"); f.Code != skipCode {
			t.Errorf("%q: got %q: %s", activation, f.Code, f.Remedy)
		}
		p.Blocks = []profile.Block{{First: 1, Last: 2}}
		expectFinding(t, Diagnose(p), "vanishing", "Let the skips pass the gradient on as it is")
	}
}

// Nor is one for units that are dead or saturated in spite of it.
func TestNoSecondNormalisationOfUnits(t *testing.T) {
	units := func(kind profile.ActivationKind, norm profile.NormKind, rule string) Finding {
		p := flat(func(p *profile.Profile) {
			for l := range p.Layers[:10] {
				p.Layers[l].Activation.Kind, p.Layers[l].Norm.Kind = kind, norm
			}
			for i := range p.Records {
				p.Records[i].Details.Layers[4].Dead, p.Records[i].Details.Layers[4].Saturated = 0.99, 0.99
			}
		})
		return expectFinding(t, Diagnose(p), rule)
	}
	for _, c := range []struct {
		kind profile.ActivationKind
		rule string
	}{{profile.ReLU, "dead-relu"}, {profile.Tanh, "saturation"}} {
		if f := units(c.kind, "", c.rule); !strings.Contains(strings.ToLower(f.Remedy), "normalisation") {
			t.Errorf("%s: got %s", c.rule, f.Remedy)
		}
		f := units(c.kind, profile.LayerNorm, c.rule)
		if strings.Contains(f.Remedy, "Normalisation brings") || strings.Contains(f.Remedy, "normalisation before") || strings.Contains(f.Code, "Norm:") {
			t.Errorf("%s beside layer normalisation: got %q: %s", c.rule, f.Code, f.Remedy)
		}
	}
}

// Skips come first where plain layers lose the gradient at a great depth though their weights are drawn as suits them.
func TestSkipsFirst(t *testing.T) {
	for _, c := range []struct {
		norm profile.NormKind
		rate float64
		rule string
		code string
	}{
		{"", 0.2, "vanishing", skipCode},
		{profile.LayerNorm, 0.2, "vanishing", skipCode},
		{profile.BatchNorm, 0.2, "vanishing", skipCode},
		{profile.BatchNorm, 5, "exploding", skipCode},
		{profile.LayerNorm, 5, "exploding", skipCode},
		{"", 5, "exploding", "Norm: graph.LN"}, // large weights are large on branches too
	} {
		p := with(append(falling(10, c.rate), 1), profile.ReLU, c.norm, he.usual)
		if f := expectFinding(t, Diagnose(p), c.rule); f.Code != c.code {
			t.Errorf("%q, %g per layer: got %q: %s", c.norm, c.rate, f.Code, f.Remedy)
		}
	}
}

// A weight that is used twice is drawn once: the later layer has no initialiser of its own.
func TestInitOfATiedWeight(t *testing.T) {
	p := with(append(falling(10, 0.1), 1), profile.Tanh, "", profile.Initializer{Kind: profile.Normal, Std: 0.02})
	for l := 5; l < 10; l++ {
		p.Layers[l].Init = nil
	}
	if f := expectFinding(t, Diagnose(p), "vanishing", "and not as normal(mean=0, std=0.02)"); f.Code != "Init: initializer.XavierNormal{}" {
		t.Errorf("got %q", f.Code)
	}
}

// Where two layers are added before a sigmoid, one of them has it.
func TestSigmoidOfASum(t *testing.T) {
	p := with(append(falling(10, 0.2), 1), "", "", xavier.usual)
	for l := 0; l < 10; l += 2 {
		p.Layers[l].Activation.Kind = profile.Sigmoid
	}
	expectFinding(t, Diagnose(p), "vanishing", "Sigmoid passes on a quarter")
	p.Layers[2].Activation.Kind = profile.Tanh
	if f := expectFinding(t, Diagnose(p), "vanishing"); f.Code == "Activation: graph.ReLU, Init: initializer.HeNormal{}" {
		t.Errorf("got %s", f.Remedy)
	}
}

// The layers of a break that are drawn as the others are not told to be.
func TestBreakOfLayersDrawnAlike(t *testing.T) {
	delta := level(60, 1e-2, 1e-2)
	breaks := func(norm profile.Number, init profile.Initializer) Finding {
		p := trainedProfile(20, adam(0.01), delta...)
		p.Theory = &profile.Theory{Inputs: 1}
		for l := range p.Layers[:len(p.Layers)-1] {
			p.Layers[l].Activation.Kind, p.Layers[l].Init = profile.Sigmoid, &xavier.usual
		}
		d := Diagnose(p)
		for _, l := range expectFinding(t, d, "vanishing").Layers {
			p.Layers[l].Init = &init
			for i := range p.Records {
				p.Records[i].Details.Params[l].NormL2 = norm
			}
		}
		return expectFinding(t, Diagnose(p), "vanishing")
	}
	if f := breaks(10, xavier.usual); f.Code != "Activation: graph.ReLU, Init: initializer.HeNormal{}" {
		t.Errorf("drawn alike: got %q: %s", f.Code, f.Remedy)
	}
	if f := breaks(0.1, xavier.usual); f.Code != "Init: initializer.XavierNormal{}" {
		t.Errorf("scaled afterwards: got %q: %s", f.Code, f.Remedy)
	}
	if f := breaks(10, profile.Initializer{Kind: profile.Normal, Std: 0.01}); f.Code != "Init: initializer.XavierNormal{}" {
		t.Errorf("drawn otherwise: got %q: %s", f.Code, f.Remedy)
	}
}
