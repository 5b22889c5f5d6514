package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// The remedy fits the network, and a tried one has precedence.
func TestCures(t *testing.T) {
	vanishing, exploding := append(falling(10, 0.2), 1), append(falling(10, 5), 1)
	normal := profile.Initializer{Kind: profile.Normal, Std: 1}
	for code, p := range map[string]profile.Profile{
		"Activation: graph.ReLU, Init: initializer.HeNormal{}": with(vanishing, profile.Sigmoid, "", xavier.usual),
		"Init: initializer.HeNormal{}":                         with(vanishing, profile.ReLU, "", profile.Initializer{Kind: profile.Normal, Std: 0.05}),
		"Init: initializer.XavierNormal{}":                     with(exploding, profile.Tanh, "", normal),
		"Init: initializer.LeCunNormal{}":                      with(exploding, profile.SELU, "", normal),
		skipCode:                                               with(exploding, profile.ReLU, profile.BatchNorm, he.usual),
	} {
		d := Diagnose(p)
		if len(d.Findings) == 0 || d.Findings[0].Code != code {
			t.Errorf("want the code %q, got %+v", code, d.Findings)
		}
	}
	unknown := Diagnose(with(vanishing, "", "", normal)) // no activation was found, so none says what scale suits
	expectFinding(t, unknown, "vanishing", "Let skips carry the gradient past the layers", skipCode)
	expectFinding(t, Diagnose(with(exploding, "", "", normal)), "exploding", "Normalise each layer", "Norm: graph.LN")
	several := with(exploding, profile.ReLU, "", he.usual)
	several.Losses = []profile.Loss{{Name: "class"}, {Name: "size"}}
	expectFinding(t, Diagnose(several), "exploding", "bring them to one size by their weights")
	p := with(exploding, profile.ReLU, "", he.usual)
	p.Blocks = []profile.Block{{First: 1, Last: 2}}
	expectFinding(t, Diagnose(p), "exploding", "Norm: graph.BN", "Every block adds its branch")
	p.Trials = []profile.Trial{{Name: "layer normalisation", Code: "Norm: graph.LN", Outcome: &profile.Outcome{Change: 0.2, Loss: 2.3, After: 1.1}}}
	expectFinding(t, Diagnose(p), "exploding", "Of the remedies tried on this network, layer normalisation does most", "from 2.3 to 1.1", "Norm: graph.LN")
	p.Trials = []profile.Trial{{Name: "as it is", Outcome: &profile.Outcome{}}}
	expectFinding(t, Diagnose(p), "exploding", "Norm: graph.BN")
}

// The branches of a Transformer are normalised as they are.
func TestCureOfTransformers(t *testing.T) {
	p := with(append(falling(10, 5), 1), profile.ReLU, "", profile.Initializer{Kind: profile.XavierUniform, Gain: 10})
	p.Blocks = []profile.Block{{First: 1, Last: 2}}
	p.Attentions = []profile.Attention{{Path: "attention"}}
	expectFinding(t, Diagnose(p), "exploding", "In a Transformer", "Init: initializer.XavierUniform{}")
	for i := range p.Layers {
		p.Layers[i].Init = &xavier.usual
	}
	if f := Diagnose(p).Findings[0]; f.Code != "" {
		t.Errorf("got the code %q for weights by Xavier's rule", f.Code)
	}
}

// Inputs that saturate the first layer are normalised, if its weights have the usual scale.
func TestCureOfInputs(t *testing.T) {
	for _, c := range []struct {
		init      profile.Initializer
		saturated float64
		want      string
	}{
		{xavier.usual, 0.9, normalizeCode},
		{profile.Initializer{Kind: profile.XavierUniform, Gain: 1}, 0.9, normalizeCode},
		{xavier.usual, 0.5, "Activation: graph.ReLU, Init: initializer.HeNormal{}"},
		{profile.Initializer{Kind: profile.XavierNormal, Gain: 30}, 0.9, "Activation: graph.ReLU, Init: initializer.HeNormal{}"},
	} {
		p := with(append(falling(10, 0.2), 1), profile.Sigmoid, "", c.init)
		p.Records[0].Details.Layers[0].Saturated = profile.Number(c.saturated)
		if f := expectFinding(t, Diagnose(p), "vanishing"); f.Code != c.want {
			t.Errorf("%v, %g saturated: got %q, want %q", c.init, c.saturated, f.Code, c.want)
		}
	}
}

// Weight decay that shrinks the weights, and with them the gradient, is lowered.
func TestCureOfWeightDecay(t *testing.T) {
	for _, c := range []struct {
		decay, norm float64
		atFirst     bool
		want        string
	}{
		{1, 0.1, false, "WeightDecay: 0.01"},
		{1, 0.1, true, skipCode}, // the gradient vanishes from the first step on
		{1, 8, false, skipCode},
		{0, 0.1, false, skipCode},
	} {
		p := trainedProfile(20, sgd(0.1), append(falling(10, 0.2), 1)...)
		p.Optimizer.WeightDecay = profile.Number(c.decay)
		for l := range p.Layers {
			if p.Layers[l].Init = &he.usual; !c.atFirst {
				p.Records[0].Layers[l].DeltaRMS = 1
			}
			p.Records[19].Details.Params[l].NormL2 = profile.Number(c.norm)
		}
		if f := expectFinding(t, Diagnose(p), "vanishing"); f.Code != c.want {
			t.Errorf("%+v: got %q: %s", c, f.Code, f.Remedy)
		}
	}
}

func with(delta []float64, activation profile.ActivationKind, norm profile.NormKind, init profile.Initializer) profile.Profile {
	p := synthetic(delta...)
	for i := range p.Layers[:len(p.Layers)-1] {
		p.Layers[i].Activation.Kind, p.Layers[i].Norm.Kind, p.Layers[i].Init = activation, norm, &init
	}
	return p
}

// Inputs that are all zero are no fault of the layers.
func TestBlankInputs(t *testing.T) {
	blank := func(norm, pre float64) Diagnosis {
		p := trainedProfile(20, sgd(0.01), falling(6, 0.1)...)
		for i := range p.Records {
			p.Records[i].Details.Layers[0].PreStd = profile.Number(pre)
			p.Records[i].Details.Params[0].NormL2 = profile.Number(norm)
			p.Records[i].Details.Layers[2].Dead = 1
		}
		return Diagnose(p)
	}
	for _, rule := range []string{"vanishing", "dead-relu"} {
		if f := expectFinding(t, blank(3, 0), rule, "Check the inputs: layer 1"); f.Code != "" {
			t.Errorf("%s: got the code %q, want none", rule, f.Code)
		}
		for _, d := range []Diagnosis{blank(0, 0), blank(3, 0.1)} {
			if f := expectFinding(t, d, rule); f.Code == "" {
				t.Errorf("%s: got no code: %s", rule, f.Remedy)
			}
		}
	}
}

// Recurrent layers have no normalisation to set, and a Transformer is shown a Transformer.
func TestSkipsThatSuitTheNetwork(t *testing.T) {
	p := trainedProfile(20, adam(0.01), falling(8, 0.2)...)
	for l := range p.Layers[:7] {
		p.Layers[l].Recurrent, p.Layers[l].Activation = true, profile.Activation{}
	}
	if f := expectFinding(t, Diagnose(p), "vanishing", "past the recurrent layers"); f.Code != "Residual: true" {
		t.Errorf("got %q", f.Code)
	}
	attends := profile.Profile{Attentions: make([]profile.Attention, 1)}
	if got := residualNetwork(attends); got != "models/transformer" {
		t.Errorf("got %q", got)
	}
}
