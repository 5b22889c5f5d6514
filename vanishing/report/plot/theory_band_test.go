package plot

import (
	"bytes"
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// The band begins at the measured gradient of the layer that theory starts from, and has the width of theory.
func TestTheoryBand(t *testing.T) {
	p := reporttest.Residual(5)
	medians := vanishing.Diagnose(p).DeltaRMS
	for i := range p.Theory.Layers {
		if i > 9 {
			p.Theory.Layers[i] = nil
		}
	}
	b := newBand(vanishing.Diagnose(p), 0)
	if b == nil || len(b.middle) != 10 || math.Abs(b.middle[9]-stat.Log10(medians[9])) > 1e-12 {
		t.Fatalf("got %+v", b)
	}
	if got, want := b.middle[0]-b.middle[9], float64(p.Theory.Layers[0].Delta); math.Abs(got-want) > 1e-12 {
		t.Errorf("from end to end %v decades, want %v", got, want)
	}
	f, err := Profile(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	with := render(t, f, "svg")
	if !bytes.Contains(with, []byte("theory of the initialisation")) {
		t.Error("the band is not explained")
	}
	p.Theory = &profile.Theory{None: "the network has an activation that is not known"}
	if newBand(vanishing.Diagnose(p), 0) != nil {
		t.Error("a band without a prediction")
	}
	if f, err = Profile(vanishing.Diagnose(p)); err != nil || bytes.Contains(render(t, f, "svg"), []byte("theory")) {
		t.Errorf("a band without a prediction is drawn, or %v", err)
	}
}
