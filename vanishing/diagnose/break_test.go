package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// The finding of a break names its layers and its effect on the layers before it.
func TestBreak(t *testing.T) {
	f := expectFinding(t, Diagnose(trainedProfile(5, nil, level(60, 1e-4, 1e-4)...)), "vanishing", "shrinks 1e4-fold on its way back, most of it between layers 2 and 3")
	if f.Confidence != 1 || len(f.Layers) != 2 || f.Severity != Warning { // all weights move alike
		t.Errorf("%+v", f)
	}
	expectFinding(t, Diagnose(trainedProfile(5, nil, level(60, 1e4)...)), "exploding", "grows 1e4-fold", "normalise the inputs")
}

func TestVerdictsOfBreaks(t *testing.T) {
	short := append(falling(30, math.Pow(10, -2.8/29)), 1)
	short[0] /= 3
	for name, c := range map[string]struct {
		delta []float64
		want  Verdict
	}{
		"one step of two decades":             {level(60, 0.005), Vanishing},
		"the same upward":                     {level(60, 200), Exploding},
		"one step of less":                    {level(60, 0.02), Healthy},
		"six layers that each lose some":      {level(60, 1.6e-5, 1e-4, 6.3e-4, 4e-3, 0.025, 0.16), Vanishing},
		"a jump at the input of many layers":  {level(500, 1.3e22), Exploding},
		"a trend just short of the threshold": {short, Vanishing},
		"two layers, two decades":             {[]float64{0.01, 1, 1}, Healthy},
		"a step that others undo":             {append([]float64{1, 1}, falling(20, math.Pow(50, 1/19.))...), Healthy},
		"a step of 1000 that others undo":     {append([]float64{1, 1}, falling(20, math.Pow(2000, 1/19.))...), Vanishing},
	} {
		if d := Diagnose(synthetic(c.delta...)); d.Verdict != c.want {
			t.Errorf("%s: got %v, want %v: %s %s", name, d.Verdict, c.want, d.Sentence, d.Evidence)
		}
	}
}

// In residual blocks a branch receives only a share of the gradient, which is no break.
func TestSmallBranchesAreNoBreak(t *testing.T) {
	p := synthetic(level(60, 1e4)...)
	if d := Diagnose(p); d.Verdict != Exploding {
		t.Errorf("without blocks: got %v, want exploding", d.Verdict)
	}
	p.Blocks = []profile.Block{{First: 1, Last: 58}}
	if d := Diagnose(p); d.Verdict != Healthy {
		t.Errorf("got %v, want healthy: %s", d.Verdict, d.Sentence)
	}
}
