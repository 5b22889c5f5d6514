package diagnose

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// towers are layers side by side: one row of gradients for each depth, and an output layer.
func towers(rows ...[]float64) profile.Profile {
	var delta []float64
	var depths []int
	for i, row := range rows {
		for _, v := range row {
			delta, depths = append(delta, v), append(depths, i+1)
		}
	}
	p := synthetic(append(delta, 1)...)
	setDepths(&p, append(depths, len(rows)+1)...)
	return p
}

// Towers of different scale are at one depth, so they are no change over the depth.
func TestTowersSideBySide(t *testing.T) {
	p := towers(falling(8, 0.1))
	d := Diagnose(p)
	if d.Verdict != Healthy || !math.IsNaN(d.Slope) || len(d.Fitted) != 8 || !strings.Contains(d.Sentence, "8 hidden layers side by side") {
		t.Errorf("%v: %s %+v", d.Verdict, d.Sentence, d)
	}
	if Diagnose(p).Budget.Known() {
		t.Error("a budget of towers")
	}
}

// Each depth counts with the mean of the logarithms of its layers.
func TestLinesThroughTowers(t *testing.T) {
	for change, want := range map[float64]Verdict{1e-4: Vanishing, 0.1: Healthy, 1e4: Exploding} {
		var rows [][]float64
		for i := range 5 {
			size := math.Pow(change, float64(4-i)/4)
			rows = append(rows, []float64{10 * size, size / 10, size})
		}
		d := Diagnose(towers(rows...))
		within(t, "change", d.Change, math.Log10(change), 1e-9)
		within(t, "ratio", d.Ratio, change, 1e-9)
		if d.Verdict != want || d.First != 0 || d.Last != 14 {
			t.Errorf("change %g: %v, ends %d and %d", change, d.Verdict, d.First, d.Last)
		}
		for _, f := range d.Findings {
			if strings.Contains(f.Sentence, "layers 1 to 1") || len(f.Layers) > 15 {
				t.Errorf("change %g: %s", change, f.Sentence)
			}
		}
	}
}

// All layers of the largest depth are output layers: with several heads no head is hidden.
func TestSeveralOutputs(t *testing.T) {
	p := towers([]float64{1}, []float64{1}, []float64{1}, []float64{1e-9})
	setDepths(&p, 1, 2, 3, 4, 4)
	if d := Diagnose(p); d.Verdict != Healthy || len(d.Fitted) != 3 || d.Last != 2 || d.Change != 0 {
		t.Errorf("%v: %s %s", d.Verdict, d.Sentence, d.Evidence)
	}
}

// The gradient is lost at a depth only if no layer there has one.
func TestLostTowers(t *testing.T) {
	beside := Diagnose(towers([]float64{0, 1}, []float64{1, 1}, []float64{1, 1}))
	if beside.Verdict != Healthy || len(beside.Lost) != 0 || len(beside.Blocked) != 1 {
		t.Errorf("%v: %+v", beside.Verdict, beside)
	}
	lost := Diagnose(towers([]float64{0, 0}, []float64{1, 1}, []float64{1, 1}))
	if lost.Verdict != Vanishing || len(lost.Lost) != 2 {
		t.Errorf("%v: %+v", lost.Verdict, lost)
	}
}

// With weights that belong to no layer the verdict is undetermined.
func TestUnseenWeights(t *testing.T) {
	for _, p := range []profile.Profile{synthetic(1, 1, 1), synthetic(falling(20, 0.1)...), towers([]float64{1, 1})} {
		p.Unseen = []string{"odd/weight"}
		expectVerdict(t, p, Undetermined, "1 weight belongs to no layer", "odd/weight")
		p.Unseen = []string{"a", "b", "c", "d", "e", "f"}
		expectVerdict(t, p, Undetermined, "6 weights belong to no layer", "(a, b, c, d, 2 more)")
	}
}
