package main

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
	"github.com/gradflow/gradflow/examples/internal/guide"
)

func TestGuide(t *testing.T) {
	var output strings.Builder
	out := t.TempDir()
	if err := run(&output, out); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "01-forward.md", "go run ./examples/forward", output.String())
	doccheck.Figure(t, out, "forward.png")
}

// The prediction holds for an infinitely wide layer. In a layer of 100 ReLUs the logarithm of the squared growth has a mean
// 5/200 lower and a variance of 5/100; its mean over 29 layers then has a standard deviation of 0.042. Shift and deviation are
// half as large for the growth itself: a tolerance of 0.0125 + 3·0.021 = 0.075.
func TestSignalGrowsAsPredicted(t *testing.T) {
	images, err := guide.Images(64)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		rms, err := n.signal(images)
		if err != nil {
			t.Fatal(err)
		}
		if got := perLayer(rms); math.Abs(math.Log(got/n.predicted)) > 0.075 {
			t.Errorf("%s: the signal grows by %.3f per layer, predicted %.3f", n.name, got, n.predicted)
		}
	}
}
