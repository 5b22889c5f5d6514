package main

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
	"github.com/gradflow/gradflow/graph"
)

func TestGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("observes 200 networks")
	}
	var output strings.Builder
	out := t.TempDir()
	if err := run(&output, out); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "06-everywhere.md", "go run ./examples/everywhere", output.String())
	for _, figure := range []string{"everywhere-cnn.png", "everywhere-rnn.png", "everywhere-attention.png"} {
		doccheck.Figure(t, out, figure)
	}
}

// The numbers are those that the guide works out by hand, with mean 8 and standard deviation 5. The epsilon of the layers, 1e-5, changes
// the standard deviation by a factor of 1 + 2e-7.
func TestNormalisationByHand(t *testing.T) {
	output := []float64{-1.4, -0.2, 0.2, 1.4}
	gradient := []float64{0.052, -0.064, -0.036, 0.048}
	for name, c := range map[string]struct {
		layer          graph.Layer
		samples, units int
	}{
		"BN": {graph.BatchNorm{}, 4, 1},
		"LN": {graph.LayerNorm{}, 1, 4},
	} {
		y, dz, err := normalised(c.layer, []float64{1, 7, 9, 15}, c.samples, c.units)
		if err != nil {
			t.Fatal(err)
		}
		for i := range output {
			if math.Abs(y[i]-output[i]) > 1e-6 || math.Abs(dz[i]-gradient[i]) > 1e-6 {
				t.Errorf("%s, element %d: got %g with gradient %g, want %g with gradient %g", name, i, y[i], dz[i], output[i], gradient[i])
			}
		}
	}
}
