package diagnose

import (
	"slices"
	"strings"
	"testing"
)

// A connection from the first layers to the last, as in a U-shaped network, lets the gradient reach the first ones while it vanishes between: what the
// sentence says of layer 1 is measured, and the layers between are named.
func TestGradientThatVanishesInTheMiddle(t *testing.T) {
	// Layers 1 and 2 by the connection, then a factor of 6 from each layer to the one before.
	u := append([]float64{0.6, 0.1}, falling(18, 1./6)...)
	u = append(u, 1)
	p := synthetic(u...)
	d := expectVerdict(t, p, Vanishing, "vanishes on its way back through layers 3 to 16: layer 3 receives 5.9e-14 of what layer 20 does", "layer 1 receives 0.6 times what layer 20 does")
	if strings.Contains(d.Sentence, "by the trend of all layers") {
		t.Errorf("got %s", d.Sentence)
	}
	f := expectFinding(t, d, "vanishing", "layers 3 to 16")
	if !slices.Equal(f.Layers, []int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) {
		t.Errorf("got the layers %v", f.Layers)
	}
	learns := trainedProfile(20, adam(0.01), u...) // updates move all weights alike
	learns.Baseline = 1
	if d := expectVerdict(t, learns, Vanishing, "through layers 3 to 16", "Updates move early and late weights"); strings.Contains(d.Sentence, "hardly learn") {
		t.Errorf("got %s", d.Sentence)
	}
	even := synthetic(falling(12, 0.2)...) // not one that vanishes evenly
	expectVerdict(t, even, Vanishing, "per layer on its way back: layer 1 receives")
	dip := append([]float64{2e-4}, falling(18, 1./3)...) // nor one whose first layer is among those that receive little
	expectVerdict(t, synthetic(append(dip, 1)...), Vanishing, "per layer on its way back")
}
