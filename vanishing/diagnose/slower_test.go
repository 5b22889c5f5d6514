package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// spoiltBySteps is a network that begins level, and whose gradient in all later records is the given one, after a step of so many times the
// size of the weights.
func spoiltBySteps(update float64, later ...float64) profile.Profile {
	p := trainedProfile(20, sgd(0.01), later...)
	for l := range later {
		p.Records[0].Layers[l].DeltaRMS = 1
		p.Records[0].Details.Updates[l].Ratio = profile.Number(update)
	}
	levelLoss(&p)
	return p
}

// What steps that are too large have done is mended by smaller ones, and what a network began with is not.
func TestSlower(t *testing.T) {
	expectFinding(t, Diagnose(spoiltBySteps(40, falling(6, 10)...)), "exploding", "Lower the learning rate about 4e4 times")
	expectFinding(t, Diagnose(spoiltBySteps(40, falling(6, 0.1)...)), "vanishing", "Lower the learning rate about 4e4 times")
	if f := expectFinding(t, Diagnose(spoiltBySteps(1e-3, falling(6, 10)...)), "exploding", "Normalise each layer"); f.Code != "Norm: graph.LN" {
		t.Errorf("usual steps: %+v", f)
	}
	began := spoiltBySteps(40, falling(6, 10)...)
	for l, delta := range falling(6, 10) {
		began.Records[0].Layers[l].DeltaRMS = profile.Number(delta)
	}
	expectFinding(t, Diagnose(began), "exploding", "Normalise each layer")

	lost := spoiltBySteps(1e-3, 0, 0, 0, 1, 1, 1)
	if f := expectFinding(t, Diagnose(lost), "vanishing", "lower the learning rate 10 times"); f.Code != "LearningRate: 0.001" {
		t.Errorf("lost in training: %+v", f)
	}
	// The steps are small because units have died: a higher rate is the opposite of what helps.
	small := spoiltBySteps(1e-3, 0, 0, 0, 1, 1, 1)
	for i := range small.Records {
		for l := range small.Records[i].Details.Updates {
			small.Records[i].Details.Updates[l].Ratio = 8e-6
		}
	}
	expectNoFinding(t, Diagnose(small), "learning-rate-too-small")

	lost.Records[0].Layers[0].DeltaRMS = 0
	expectFinding(t, Diagnose(lost), "vanishing", "Let skips carry")
}

// Units that died or were driven to saturation in training call for a lower rate.
func TestUnitsThatTrainingHasSpoilt(t *testing.T) {
	dead := flat(func(p *profile.Profile) {
		for i := 2; i < len(p.Records); i++ {
			p.Records[i].Details.Layers[4].Dead = 1
		}
	})
	if f := expectFinding(t, Diagnose(dead), "dead-relu"); f.Code != "LearningRate: 0.001" {
		t.Errorf("died in training: %+v", f)
	}
	saturated := spoiltBySteps(40, falling(6, 1)...)
	for l := range saturated.Layers {
		saturated.Layers[l].Activation = tanh
	}
	for i := 1; i < len(saturated.Records); i++ {
		saturated.Records[i].Details.Layers[2].Saturated = 1
	}
	expectFinding(t, Diagnose(saturated), "saturation", "Lower the learning rate about 4e4 times")
	saturated.Records[0].Details.Layers[2].Saturated = 1
	expectFinding(t, Diagnose(saturated), "saturation", "Smaller initial weights")
}

// A network that steps of many times the weights have left at guessing is told of the steps, though its loss came down to that: not where the
// gradient exploded before any step, and not where the loss falls further.
func TestStepsThatLeaveGuessing(t *testing.T) {
	left := func(began, last float64) profile.Profile {
		p := stuckProfile(200, 2.3, last, append(falling(6, 3), 1)...)
		p.Optimizer, p.Records[0].Loss = adam(0.3), 3.1
		for l := range p.Layers {
			p.Records[0].Layers[l].DeltaRMS = profile.Number(falling(7, began)[l])
			p.Records[0].Details.Updates[l].Ratio = 20
		}
		return p
	}
	for _, began := range []float64{1, 2} { // level, and growing 32-fold
		d := expectVerdict(t, left(began, 2.3), Exploding)
		expectFinding(t, d, "exploding", "Lower the learning rate about")
	}
	expectFinding(t, Diagnose(left(1, 2.3)), "learning-rate-too-large", "updates change weights by up to 20 times their size, and the loss comes down to that of guessing and no further")
	if f := expectFinding(t, Diagnose(left(5, 2.3)), "exploding"); f.Code == rateCode(left(1, 2.3), 100) {
		t.Errorf("exploding at first: %+v", f)
	}
	expectNoFinding(t, Diagnose(left(1, 0.5)), "learning-rate-too-large")
}

// Units that steps have driven to saturation, while the loss does not fall, call for smaller steps and not for other first weights.
func TestSaturationThatStepsHaveMade(t *testing.T) {
	saturated := func(from int) Finding {
		return expectFinding(t, Diagnose(stuckOn(func(p *profile.Profile) {
			for l := range p.Layers {
				p.Layers[l].Activation = tanh
			}
			for i := from; i < len(p.Records); i++ {
				p.Records[i].Details.Layers[1].Saturated = 0.95
			}
		})), "saturation")
	}
	if f := saturated(20); f.Code != "LearningRate: 0.0001" {
		t.Errorf("in training: got %q (%s)", f.Code, f.Remedy)
	}
	if f := saturated(0); f.Code != "Norm: graph.BN" {
		t.Errorf("from the start: got %q (%s)", f.Code, f.Remedy)
	}
}

// Steps that are large against weights which weight decay has shrunk are not to blame.
func TestStepsAgainstShrunkWeights(t *testing.T) {
	p := stuckProfile(200, 2.3, 2.3, falling(6, 0.2)...)
	p.Optimizer, p.Records[0].Loss = sgd(0.05), 3
	p.Optimizer.WeightDecay = 0.5
	for i := range p.Records {
		for l := range p.Layers {
			p.Records[i].Details.Updates[l].Ratio = 0.15
			if i == 0 {
				p.Records[i].Layers[l].DeltaRMS = 1
			} else {
				p.Records[i].Details.Params[l].NormL2 = 0.01
			}
		}
	}
	d := expectVerdict(t, p, Vanishing)
	expectNoFinding(t, d, "learning-rate-too-large")
	expectFinding(t, d, "vanishing", "Weight decay has shrunk the weights")
}

// A gradient that grew from the start is mended as such where steps larger than the weights made numbers overflow, and left no network that guesses.
func TestLargeStepsOfAGrowingGradient(t *testing.T) {
	p := spoiltBySteps(2, falling(9, 5)...)
	for l, delta := range falling(9, 2) {
		p.Records[0].Layers[l].DeltaRMS = profile.Number(delta)
	}
	expectFinding(t, Diagnose(p), "exploding", "Normalise each layer")
}
