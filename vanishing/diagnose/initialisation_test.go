package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// An infinite departure says no more than that theory knows no spread there.
func TestTheLayerFarthestFromTheory(t *testing.T) {
	p := synthetic(slices.Repeat([]float64{0.1}, 100)...)
	p.Theory = &profile.Theory{Z: slices.Repeat([]float64{math.NaN()}, 100), Step: slices.Repeat([]float64{math.Inf(1)}, 100)}
	p.Theory.Step[50], p.Theory.Z[20], p.Theory.Z[60] = 5.25, -4.5, OddZ
	d := Diagnose(p)
	if d.oddest() != 50 || d.Departures[50] != 5.25 || d.Departures[20] != -4.5 || !math.IsNaN(d.Departures[0]) {
		t.Errorf("the layer farthest from theory is %d, want 50, of %v", d.oddest(), d.Departures)
	}
}

// Of a short list what is missing is not known.
func TestTheorySentence(t *testing.T) {
	p := synthetic(1e-4, 1e-3, 1e-2, 1e-1, 1)
	for want, theory := range map[string]*profile.Theory{
		"":                                     nil,
		"no prediction: of no use":             {None: "of no use"},
		"no prediction for two layers or more": {Delta: []float64{-1}},
	} {
		p.Theory = theory
		if got := Diagnose(p).Theory; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	p.Theory = &profile.Theory{Delta: []float64{-3, -2, -1, 0}, Band: []float64{0.25}, Step: []float64{0, 6}}
	got := Diagnose(p).Theory
	for _, want := range []string{"expects -3.00 ± 0.25 decades from layer 4 to layer 1", "; measured in step 0: -3.00", "; farthest off is layer 2 (z = 6.0)"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
