package diagnose

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// guesses is a network with level gradients that has learnt nothing by small steps.
func guesses(change func(*profile.Profile)) profile.Profile {
	p := stuckProfile(200, 2.31, 2.3, level(6)...)
	p.Optimizer = sgd(0.01)
	eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 1e-6 })(&p)
	change(&p)
	return p
}

// withInputs gives the first layer the pre-activations of inputs of a size: RMS(z) = RMS(x)·‖W‖/√units.
func withInputs(size float64) func(*profile.Profile) {
	return func(p *profile.Profile) {
		first := p.Records[0].Details
		first.Layers[0].PreStd = profile.Number(size * float64(first.Params[0].NormL2) / math.Sqrt(float64(p.Layers[0].Units)))
	}
}

// Where the inputs are of another scale, all rules say so, and none a rate: one that suits the first layer does not suit the others.
func TestInputsOfAnotherScale(t *testing.T) {
	for _, size := range []float64{1e-6, 113} {
		d := Diagnose(guesses(func(p *profile.Profile) {
			withInputs(size)(p)
			for i := 2; i < len(p.Records); i++ {
				p.Records[i].Details.Layers[2].Dead = 0.99
			}
		}))
		for _, rule := range []string{"stuck", "learning-rate-too-small", "dead-relu"} {
			if f := expectFinding(t, d, rule, "The inputs are of size", "normalise them to mean 0"); f.Code != normalizeCode {
				t.Errorf("inputs of size %g: %s: got the code %q", size, rule, f.Code)
			}
		}
	}
	expectFinding(t, Diagnose(guesses(withInputs(5))), "stuck", "raise the learning rate 100 times")
	normed := guesses(withInputs(1e-6))
	normed.Layers[0].Norm.Kind = profile.BatchNorm // its pre-activations tell nothing of the inputs
	expectFinding(t, Diagnose(normed), "stuck", "raise the learning rate 100 times")

	for size, want := range map[float64]string{1e-4: "The inputs are of size 1e-4", 113: "raise the learning rate", 1: "raise the learning rate"} {
		normed.Theory = &profile.Theory{None: "for a test", Inputs: profile.Number(size)}
		expectFinding(t, Diagnose(normed), "stuck", want)
	}

	runaway := trainedProfile(3, sgd(0.01), level(6)...)
	withInputs(1e4)(&runaway)
	runaway.Records[2].Loss = profile.Number(math.NaN())
	expectFinding(t, Diagnose(runaway), "non-finite", "The inputs are of size 1e4")
}

// A mean that all samples share, large beside their deviation, is named where the steps are not tiny.
func TestInputsWithACommonMean(t *testing.T) {
	with := func(cosine profile.Number, update float64, norm profile.NormKind) Finding {
		return expectFinding(t, Diagnose(guesses(func(p *profile.Profile) {
			p.Theory = &profile.Theory{None: "for a test", Inputs: 5, InputCosine: cosine}
			p.Layers[0].Norm.Kind = norm
			eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = profile.Number(update) })(p)
		})), "stuck")
	}
	for _, update := range []float64{2e-4, 2e-3} {
		if f := with(0.9975, update, ""); f.Code != normalizeCode || !strings.Contains(f.Remedy, "share is 20 times as large") {
			t.Errorf("steps of %g: got %+v", update, f)
		}
	}
	for name, f := range map[string]Finding{
		"a small mean": with(0.9, 2e-3, ""), "tiny steps": with(0.9975, 1e-6, ""), "batch normalisation": with(0.9975, 2e-3, profile.BatchNorm),
	} {
		if f.Code == normalizeCode {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

// The rule of a network that is stuck takes the remedy of a rule that names the cause.
func TestStuckByAnotherCause(t *testing.T) {
	saturated := guesses(func(p *profile.Profile) {
		p.Layers[1].Activation = tanh
		for i := range p.Records {
			p.Records[i].Details.Layers[1].Saturated = 0.95
		}
	})
	if f := expectFinding(t, Diagnose(saturated), "stuck", "back to where it is steep"); f.Code != "Norm: graph.BN" {
		t.Errorf("saturated: got the code %q", f.Code)
	}
	clipped := guesses(func(p *profile.Profile) {
		for i := range p.Records {
			p.Records[i].Clip = 1e-5
		}
	})
	for _, rule := range []string{"stuck", "learning-rate-too-small"} {
		if f := expectFinding(t, Diagnose(clipped), rule, "Clipping scales the gradients to 1e-5 of their size"); f.Code != "" {
			t.Errorf("clipped: %s: got the code %q, want none", rule, f.Code)
		}
	}
}

// Saturated units are the cause of a loss that falls slowly from far above guessing.
func TestStuckBySaturation(t *testing.T) {
	with := func(saturated, last float64) profile.Profile {
		p := stuckProfile(200, 60, last, level(6)...)
		for l := range p.Layers[:5] {
			p.Layers[l].Activation = sigmoid
			for i := range p.Records {
				p.Records[i].Details.Layers[l].Saturated = profile.Number(saturated)
			}
		}
		return p
	}
	expectVerdict(t, with(0.9, 30), Stuck)
	expectVerdict(t, with(0.5, 30), Healthy)
	expectVerdict(t, with(0.9, 3), Healthy) // it falls fast
}

// A gradient that explodes before any update does so at a lower rate too.
func TestNonFiniteAfterAnExplosion(t *testing.T) {
	ends := func(factor float64) profile.Profile {
		p := trainedProfile(2, sgd(0.01), falling(8, factor)...)
		for l := range p.Layers[:7] {
			p.Layers[l].Init = &profile.Initializer{Kind: profile.Normal, Std: 1}
		}
		p.Records[1].Loss = profile.Number(math.NaN())
		return p
	}
	if f := expectFinding(t, Diagnose(ends(10)), "non-finite", "Draw the weights at the scale"); f.Code != "Init: initializer.HeNormal{}" {
		t.Errorf("exploded: got the code %q", f.Code)
	}
	if f := expectFinding(t, Diagnose(ends(1.1)), "non-finite", "Smaller steps"); f.Code != "LearningRate: 0.001" {
		t.Errorf("level: got the code %q", f.Code)
	}
}

// A layer of zeros passes nothing on whatever normalises it.
func TestZeroWeights(t *testing.T) {
	p := trainedProfile(20, sgd(0.01), 0, 0, 0, 0, 0, 1)
	for i := range p.Records {
		p.Records[i].Details.Layers[4].Dead = 1
		p.Records[i].Details.Params[2].NormL2 = 0
	}
	for _, rule := range []string{"vanishing", "dead-relu"} {
		if f := expectFinding(t, Diagnose(p), rule, "All weights of layer 3 begin at zero"); f.Code != "Init: initializer.HeNormal{}" {
			t.Errorf("%s: got the code %q", rule, f.Code)
		}
	}
}

// The steps of a vanishing gradient are small whatever the rate.
func TestSmallStepsOfAVanishingGradient(t *testing.T) {
	p := trainedProfile(20, sgd(0.01), falling(8, 0.1)...)
	eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 1e-9 })(&p)
	levelLoss(&p)
	if f := expectFinding(t, Diagnose(p), "learning-rate-too-small", "mend that first"); f.Code != "" {
		t.Errorf("got the code %q, want none", f.Code)
	}
}

// The first steps of RMSProp and AdaGrad are larger than the others, and the rate that suits them is too low.
func TestFirstStepsThatAreLarge(t *testing.T) {
	for _, c := range []struct {
		optimizer profile.Optimizer
		code      string
	}{
		{profile.Optimizer{Kind: profile.SGD, LearningRate: 1}, "LearningRate: 3e-05"},
		{profile.Optimizer{Kind: profile.RMSProp, LearningRate: 1, Alpha: 0.99}, "LearningRate: 0.0003"},
		{profile.Optimizer{Kind: profile.AdaGrad, LearningRate: 1}, "LearningRate: 0.0003"},
	} {
		p := trainedProfile(100, &c.optimizer, level(6)...)
		levelLoss(&p)
		for l := range p.Layers {
			p.Records[0].Details.Updates[l].Ratio = 33
		}
		if f := expectFinding(t, Diagnose(p), "learning-rate-too-large"); f.Code != c.code {
			t.Errorf("%s: got the code %q, want %q: %s", c.optimizer.Kind, f.Code, c.code, f.Remedy)
		}
	}
}

// Of two paths side by side one may lose the gradient while the other learns. Sizes at unequal depths of the two are not compared.
func TestStarvedPath(t *testing.T) {
	towers := func(change func(*profile.Profile)) Diagnosis {
		p := synthetic(0, 1, 0, 1, 0, 0, 1e-7, 1e-4, 1, 1)
		for l, depth := range []int{1, 1, 2, 2, 3, 4, 5, 6, 7, 8} {
			p.Layers[l].Depth = depth
		}
		change(&p)
		return Diagnose(p)
	}
	flushed := func(p *profile.Profile) { p.Records[0].Layers[5].Flushed = 0.9 }
	d := towers(flushed)
	if d.Verdict != Vanishing || !strings.Contains(d.Sentence, "On one of the paths side by side the gradient ends at layer 4") {
		t.Errorf("got %v, want vanishing: %s", d.Verdict, d.Sentence)
	}
	expectFinding(t, d, "vanishing", "layers 1 to 4 of that path learn nothing")
	expectNoFinding(t, d, "exploding")
	if got := d.Headline(); !strings.Contains(got, "layer 4") {
		t.Errorf("headline: got %q", got)
	}
	if d := towers(func(p *profile.Profile) { p.Records[0].Details.Layers[5].Dead = 1 }); d.Verdict != Vanishing {
		t.Errorf("dead units: got %v: %s", d.Verdict, d.Sentence)
	}
	residual := towers(func(p *profile.Profile) {
		flushed(p)
		p.Blocks = []profile.Block{{Path: "block1", First: 0, Last: 2}}
	})
	if strings.Contains(residual.Sentence, "side by side") {
		t.Errorf("a branch that begins at zero: %s", residual.Sentence)
	}
}

// What a network has is not advised.
func TestRemedyIsNew(t *testing.T) {
	blocks := []profile.Block{{Path: "block1", First: 1, Last: 2}}
	for _, c := range []struct {
		blocks []profile.Block
		norm   profile.NormKind
		want   string
	}{
		{nil, "", "Let skips carry the gradient past the layers"},
		{blocks, "", "Normalise the branches of the blocks"},
		{nil, profile.LayerNorm, "Let skips carry the gradient past the layers"},
		{blocks, profile.LayerNorm, "Let the skips pass the gradient on as it is"},
	} {
		p := trainedProfile(20, sgd(0.01), falling(8, 0.1)...)
		p.Blocks = c.blocks
		for l := range p.Layers {
			p.Layers[l].Norm.Kind = c.norm
		}
		expectFinding(t, Diagnose(p), "vanishing", c.want)
	}
}

// The line of code of a break beside the input follows what is known of the inputs.
func TestCodeOfABreakAtTheInput(t *testing.T) {
	breaks := func(size float64) profile.Profile {
		p := trainedProfile(20, sgd(0.01), 1e3, 1, 1, 1, 1, 1)
		withInputs(size)(&p)
		return p
	}
	if f := expectFinding(t, Diagnose(breaks(1)), "exploding", "Give layers 1 to 2"); f.Code != "Init: initializer.HeNormal{}" {
		t.Errorf("usual inputs: got the code %q", f.Code)
	}
	if f := expectFinding(t, Diagnose(breaks(1e4)), "exploding", "Give layers 1 to 2"); f.Code != normalizeCode {
		t.Errorf("large inputs: got the code %q", f.Code)
	}
}
