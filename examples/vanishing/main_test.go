package main

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/vanishing"
)

func TestGuide(t *testing.T) {
	var output strings.Builder
	out := t.TempDir()
	if err := run(&output, out); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "03-vanishing.md", "go run ./examples/vanishing", output.String())
	doccheck.Figure(t, out, "vanishing.png")
	doccheck.Figure(t, out, "flat.png")
}

func TestVerdicts(t *testing.T) {
	images, err := guide.Images(64)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := []vanishing.Verdict{vanishing.Exploding, vanishing.Healthy, vanishing.Healthy, vanishing.Vanishing, vanishing.Vanishing}
	for i, n := range networks {
		for seed := range uint64(5) {
			profile, err := guide.Look(n.name, n.model(), seed, images)
			if err != nil {
				t.Fatal(err)
			}
			if got := vanishing.Diagnose(profile).Verdict; got != verdicts[i] {
				t.Errorf("%s, seed %d: %v, want %v", n.name, seed, got, verdicts[i])
			}
		}
	}
}

// Between layers of equal width only chance makes the weight gradients differ: the logarithm of the squared ratio has a
// variance of at most 8·28/100, so that a factor of 10 is three standard deviations.
func TestWeightGradientsAreFlatWhileDeltaVanishes(t *testing.T) {
	images, err := guide.Images(64)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := guide.Look(small.name, small.model(), 1, images)
	if err != nil {
		t.Fatal(err)
	}
	weights, layers := weightGradients(profile), profile.Records[0].Layers
	if ratio := weights[1] / weights[depth-1]; ratio < 0.1 || ratio > 10 {
		t.Errorf("dL/dw of layer 2 over that of layer 30 is %g, want between 0.1 and 10", ratio)
	}
	if ratio := layers[1].DeltaRMS / layers[depth-1].DeltaRMS; ratio > 1e-9 {
		t.Errorf("dL/dz of layer 2 over that of layer 30 is %g, want less than 1e-9", ratio)
	}
}
