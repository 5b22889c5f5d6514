package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestGradientNoise(t *testing.T) {
	noise := flat(eachSNR(func(int) float64 { return 1.05 }))
	if f := expectFinding(t, Diagnose(noise), "gradient-noise", "is 1.1 in a typical layer", "BatchSize: 128"); f.Severity != Note {
		t.Errorf("a falling loss leaves a note, got %v", f.Severity)
	}
	levelLoss(&noise)
	if f := expectFinding(t, Diagnose(noise), "gradient-noise"); f.Severity != Warning {
		t.Errorf("got %v, want a warning", f.Severity)
	}
	// The mean counts, not the number of records below the square root of 2: 1.4 is below it, and 1.43 is not.
	for _, c := range []struct {
		low, high float64
		want      bool
	}{{1.4, 1.4, true}, {1.43, 1.43, false}, {1.2, 1.8, false}, {1, 1.8, true}} {
		p := flat(eachSNR(func(step int) float64 { return []float64{c.low, c.high}[step%2] }))
		if d := Diagnose(p); c.want {
			expectFinding(t, d, "gradient-noise")
		} else {
			expectNoFinding(t, d, "gradient-noise")
		}
	}
	// 20 alternating values ln 1 and ln 1.8 have the mean 0.294 with a standard error of 0.0657: ln 2/2 lies 0.80 of these above it.
	halves := flat(eachSNR(func(step int) float64 { return []float64{1, 1.8}[step%2] }))
	if f := expectFinding(t, Diagnose(halves), "gradient-noise"); math.Abs(f.Confidence-0.789) > 0.002 || f.Step != 0 {
		t.Errorf("confidence %g from step %d, want 0.789 from step 0", f.Confidence, f.Step)
	}
	few := flat(eachSNR(func(step int) float64 { return 1 }))
	few.Records = few.Records[:2]
	expectNoFinding(t, Diagnose(few), "gradient-noise")
}

// No batch is advised that is larger than the set.
func TestNoiseOfFullBatches(t *testing.T) {
	with := func(stepsPerEpoch int) Finding {
		p := flat(eachSNR(func(int) float64 { return 1 }))
		for e := 1; e <= 2; e++ {
			p.History = append(p.History, profile.Epoch{Epoch: e - 1, Step: e*stepsPerEpoch - 1})
		}
		return expectFinding(t, Diagnose(p), "gradient-noise")
	}
	for steps, code := range map[int]string{1: "", 3: "BatchSize: 96", 4: "BatchSize: 128", 9: "BatchSize: 128"} {
		if f := with(steps); f.Code != code {
			t.Errorf("%d steps in an epoch: got %q (%s), want %q", steps, f.Code, f.Remedy, code)
		}
	}
}
