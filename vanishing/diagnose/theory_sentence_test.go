package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// An infinite departure only means that theory knows no spread there.
func TestTheLayerFarthestFromTheory(t *testing.T) {
	p := synthetic(slices.Repeat([]float64{0.1}, 100)...)
	p.Theory = &profile.Theory{}
	for range p.Layers {
		inf, nan := profile.Number(math.Inf(1)), profile.Number(math.NaN())
		p.Theory.Layers = append(p.Theory.Layers, &profile.LayerTheory{Z: nan, Step: inf})
	}
	p.Theory.Layers[50].Step, p.Theory.Layers[20].Z, p.Theory.Layers[60].Z = 5.25, -4.5, OddZ
	d := Diagnose(p)
	if d.oddest() != 50 || d.Departures[50] != 5.25 || d.Departures[20] != -4.5 || !math.IsNaN(d.Departures[0]) {
		t.Errorf("the layer farthest from theory is %d, want 50, of %v", d.oddest(), d.Departures)
	}
}

func TestTheorySentence(t *testing.T) {
	p := synthetic(1e-4, 1e-3, 1e-2, 1e-1, 1)
	zero := profile.Number(math.Inf(-1)) // the logarithm of a gradient of zero
	for want, theory := range map[string]*profile.Theory{
		"":                                     nil,
		"no prediction: of no use":             {None: "of no use"},
		"no prediction for two layers or more": {Layers: []*profile.LayerTheory{{Delta: -1}, nil, nil, nil, nil}},
		"mean-field theory expects no gradient in layer 1: weights of zero after it pass none": {Layers: []*profile.LayerTheory{{Delta: zero}, {}, {}, {Delta: zero}, nil}},
	} {
		p.Theory = theory
		if got := Diagnose(p).Theory; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	p.Theory = &profile.Theory{Layers: []*profile.LayerTheory{{Delta: -3, Band: 0.25}, {Delta: -2, Step: 6}, {Delta: -1}, {}, nil}}
	got := Diagnose(p).Theory
	for _, want := range []string{"expects -3.00 ± 0.25 decades from layer 4 to layer 1", "; measured in step 0: -3.00", "; farthest off is layer 2 (z = 6.0)"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
