package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Where the gradient of a far larger loss joins, no layer multiplies it: the sentence and the remedy tell of the losses.
func TestGradientOfAnotherLossJoins(t *testing.T) {
	early := []float64{1e4, 1e4, 1e4, 1e4, 1, 1, 1, 1, 1}
	long := append([]float64{1e6, 1e6, 1e6, 1e6, 1e6}, falling(6, 1)...)
	for _, delta := range [][]float64{early, long} {
		p := trainedProfile(20, sgd(0.01), delta...)
		p.Losses = []profile.Loss{{Name: "class"}, {Name: "size"}}
		d := expectVerdict(t, p, Exploding, "where that of another of the losses may join it")
		f := expectFinding(t, d, "exploding", "where that of another of the losses may join it", "bring them to one size by their weights")
		if strings.Contains(f.Remedy, "initialisation") || f.Code != "" {
			t.Errorf("got %q (%s)", f.Remedy, f.Code)
		}
		p.Losses = nil
		if d := expectVerdict(t, p, Exploding); strings.Contains(d.Sentence, "losses") {
			t.Errorf("one loss: %s", d.Sentence)
		}
	}
	falls := trainedProfile(20, sgd(0.01), 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 2e-4, 1e-3, 1e-2, 1e-1, 1, 1) // it shrinks, and grows on the way
	falls.Losses = []profile.Loss{{Name: "class"}, {Name: "size"}}
	if d := expectVerdict(t, falls, Vanishing); strings.Contains(d.Sentence+expectFinding(t, d, "vanishing").Remedy, "loss") {
		t.Errorf("a gradient that vanishes: %s", d.Sentence)
	}
	p := trainedProfile(20, sgd(0.01), append(falling(10, 4), 1)...) // each layer multiplies it
	p.Losses = []profile.Loss{{Name: "class"}, {Name: "size"}}
	if d := expectVerdict(t, p, Exploding, "grows by a factor of 4 per layer"); strings.Contains(d.Sentence, "join") {
		t.Errorf("a trend: %s", d.Sentence)
	}
}

// Saturation that the gradient of one of several losses has made is mended by bringing the losses to one size.
func TestSaturationByALargeLoss(t *testing.T) {
	p := trainedProfile(20, adam(0.01), 300, 300, 300, 1, 1)
	p.Losses = []profile.Loss{{Name: "class", Baseline: 1}, {Name: "size", Baseline: 1e6}}
	for l := range p.Layers[:4] {
		p.Layers[l].Activation = tanh
	}
	for i := range p.Records {
		p.Records[i].Losses = []profile.Number{1, 1e6}
		if i > 0 {
			p.Records[i].Details.Layers[3].Saturated = 0.95
		}
	}
	f := expectFinding(t, Diagnose(p), "saturation", "bring them to one size by their weights")
	if strings.Contains(f.Code, "Norm") {
		t.Errorf("got %q", f.Code)
	}
}
