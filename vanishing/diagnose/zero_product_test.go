package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Layers that are multiplied with each other and all begin at zero never get a gradient.
func TestProductOfZeros(t *testing.T) {
	of := func(norm profile.Number, deltas ...float64) Diagnosis {
		p := trainedProfile(20, adam(0.01), deltas...)
		for l := range p.Layers {
			p.Layers[l].Depth, p.Params[l].Depth = 1, 1
		}
		for i := range p.Records {
			for l := range p.Layers {
				p.Records[i].Details.Params[l].NormL2 = norm
			}
		}
		return Diagnose(p)
	}
	d := of(0, 0, 0)
	if !strings.Contains(d.Sentence, "All weights begin at zero, and the gradient is exactly zero in all layers") {
		t.Errorf("got %s", d.Sentence)
	}
	if f := expectFinding(t, d, "unbroken-symmetry", "Draw the weights at random"); f.Severity != Critical || f.Code == "" || !slices.Equal(f.Layers, []int{0, 1}) {
		t.Errorf("got %+v", f)
	}
	for name, d := range map[string]Diagnosis{"other weights": of(3, 0, 0), "a gradient": of(0, 1, 1)} {
		if strings.Contains(d.Sentence, "All weights begin at zero") {
			t.Errorf("%s: got %s", name, d.Sentence)
		}
		expectNoFinding(t, d, "unbroken-symmetry")
	}
}
