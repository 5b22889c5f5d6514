package experiments

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
)

// Gradients by the parameters of linear recurrent units grow with the memory as the formulas say, and the diagnosis calls no such unit
// exploding. A gradient is the real part of a product of two independent complex Gaussians, whose square has the relative variance 5: the
// root mean square of 8·128 has a standard error of 3.5 %, of which 5 are allowed. The power over one decade then has one of 0.022.
func TestGradientsOverTheMemory(t *testing.T) {
	u, err := measureUnits(context.Background(), 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(u.memories) != 3 || len(u.rows) != 6 || u.worst() > 0.175 {
		t.Errorf("got %d memories and %d parameters, at most %g from theory, want 3 and 6, at most 0.175", len(u.memories), len(u.rows), u.worst())
	}
	for _, row := range u.rows {
		for g, limit := range row.limits {
			// At a memory of 10 steps sizes are up to a tenth from the limit's, which is 0.05 of the power.
			if got := u.power(row.measured[g]); math.Abs(got-limit) > 5*0.022+0.05 {
				t.Errorf("%s: got the power %.3f, want %g", row.name, got, limit)
			}
		}
	}
	if u.most > 1 {
		t.Errorf("the gradient by the states grows by %g", u.most)
	}
	d := u.diagnosis
	if d.Verdict != vanishing.Healthy || len(d.Findings) != 1 || d.Findings[0].Rule != "long-memory" {
		t.Errorf("got %v with the findings %+v, want healthy with a note on the memory", d.Verdict, d.Findings)
	}
	var b strings.Builder
	memoryPage{memoryResults{units: u}, lang.English, "img"}.unitsSection(&b)
	for _, want := range []string{"| theta_log | ", " | 1.5 | ", "says of the LRU with a memory of 100 steps: healthy"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the section has no %q:\n%s", want, b.String())
		}
	}
	if short, err := measureUnits(context.Background(), 99, 1); short != nil || err != nil {
		t.Errorf("got %v, %v for a memory below 100", short, err)
	}
}
