package diagnose

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// recurrent is the profile of a recurrent layer whose steps have the given gradients, and an output layer.
func recurrent(delta ...float64) profile.Profile {
	p := synthetic(append(delta, 1)...)
	for i := range delta {
		p.Layers[i].Path, p.Layers[i].Depth, p.Layers[i].Step, p.Layers[i].Recurrent = "cell", 1, i+1, true
	}
	p.Layers[len(delta)].Depth = 2
	return p
}

func TestVerdictOverTime(t *testing.T) {
	levelled := falling(40, 0.99)
	zeros := append(make([]float64, 30), falling(10, 0.9)...)
	onlyLast := append(make([]float64, 30), 1)
	oddEnd := append(falling(39, 0.99), 1e-13) // a last step that hardly counts does not make a trend
	unlike := recurrent(falling(40, 0.7)...)   // steps that do not depend on each other are no chain
	for i := range unlike.Layers {
		unlike.Layers[i].Recurrent = false
	}
	for name, c := range map[string]struct {
		p    profile.Profile
		want Verdict
		text string
	}{
		"vanishing":            {recurrent(falling(40, 0.7)...), Vanishing, "by a factor of 1.4 per step"},
		"exploding":            {recurrent(falling(40, 1.4)...), Exploding, "grows by a factor of 1.4 per step"},
		"level":                {recurrent(levelled...), Healthy, "keeps its size within the factor of 1000"},
		"level but the last":   {recurrent(oddEnd...), Healthy, "by a line through all steps, step 1 receives"},
		"zero in early steps":  {recurrent(zeros...), Vanishing, "in the first 30 steps of 40 it is exactly zero"},
		"zero but in the last": {recurrent(onlyLast...), Vanishing, "in the first 30 steps of 31 it is exactly zero"},
		"steps side by side":   {unlike, Healthy, "side by side"},
	} {
		d := Diagnose(c.p)
		if d.Verdict != c.want || !strings.Contains(d.Sentence, c.text) {
			t.Errorf("%s: %v: %s, want %v and %q", name, d.Verdict, d.Sentence, c.want, c.text)
		}
		sick := len(d.Findings) > 0 && d.Findings[0].Rule == c.want.String() && d.Findings[0].Severity == Critical
		if sick != (c.want != Healthy) {
			t.Errorf("%s: findings %+v", name, d.Findings)
		}
	}
	d := Diagnose(recurrent(falling(40, 0.7)...))
	within(t, "slope", d.Time.Slope, -math.Log10(0.7), 1e-9)
	within(t, "change", d.Time.Change, 39*math.Log10(0.7), 1e-9)
	if d.Time.Steps != 40 || d.Time.First != 0 || d.Time.Last != 39 || !math.IsNaN(d.Slope) {
		t.Errorf("%+v", d.Time)
	}
}

// Of recurrent layers one above the other the first tells what the network learns of early steps: a later one may lose the gradient that
// reaches the first through it at later steps. An exploding gradient counts wherever it is.
func TestStackedOverTime(t *testing.T) {
	stack := func(first, second float64) profile.Profile {
		p := recurrent(append(falling(30, first), falling(30, second)...)...)
		for i := range 60 {
			p.Layers[i].Path, p.Layers[i].Depth, p.Layers[i].Step = "cell"+string(rune('1'+i/30)), 1+i/30, i%30+1
		}
		p.Layers[60].Depth = 3
		return p
	}
	far := stack(1.4, 0.98) // the gradient at the first layer's first step is hardly larger than where it enters
	for i := range 30 {
		far.Records[0].Layers[i].DeltaRMS *= 1e-4
	}
	for name, c := range map[string]struct {
		p     profile.Profile
		want  Verdict
		depth int
	}{
		"the last layer loses it":   {stack(0.98, 0.7), Healthy, 1},
		"the first layer loses it":  {stack(0.7, 0.98), Vanishing, 1},
		"both lose it":              {stack(0.7, 0.6), Vanishing, 1},
		"it explodes in the second": {stack(0.98, 1.4), Exploding, 2},
		"it explodes in the first":  {stack(1.4, 0.98), Exploding, 1},
		"its last step is far off":  {far, Healthy, 1},
	} {
		if d := Diagnose(c.p); d.Verdict != c.want || c.p.Layers[d.Time.First].Depth != c.depth {
			t.Errorf("%s: %v by layer %d: %s, want %v by depth %d", name, d.Verdict, d.Time.First, d.Sentence, c.want, c.depth)
		}
	}
}

// Each of two branches is judged by its first recurrent layer, at whatever depth that is.
func TestBranchesOverTime(t *testing.T) {
	branches := func(near, far, above float64, first bool) profile.Profile {
		p := recurrent(slices.Concat(falling(30, near), falling(30, far), falling(30, above))...)
		for i := range 90 {
			p.Layers[i].Path, p.Layers[i].Depth, p.Layers[i].Step = "cell"+string(rune('1'+i/30)), 1+i/30, i%30+1
			p.Layers[i].FirstRecurrent = first && i < 60
		}
		p.Layers[90].Depth = 4
		return p
	}
	expectVerdict(t, branches(0.98, 0.78, 0.98, true), Vanishing)
	expectVerdict(t, branches(0.78, 0.98, 0.98, true), Vanishing)
	expectVerdict(t, branches(0.98, 0.98, 0.78, true), Healthy) // the layer above another one
	expectVerdict(t, branches(0.98, 0.78, 0.98, false), Healthy)
}

// A network that learns all the same does not need what lies many steps back.
func TestSeverityOverTime(t *testing.T) {
	p := recurrent(falling(40, 0.7)...)
	for step := range 4 {
		p.Records = append(p.Records, p.Records[0])
		p.Records[step+1].Step, p.Records[step+1].Loss = step+1, 0.1
	}
	for baseline, want := range map[profile.Number]Severity{1: Warning, 0.12: Critical} {
		p.Baseline = baseline
		if f := expectFinding(t, Diagnose(p), "vanishing"); f.Severity != want {
			t.Errorf("baseline %g: got %v, want %v", baseline, f.Severity, want)
		}
	}
}

// Just beyond the bound a network that learns may learn what lies many steps back, or not.
func TestNearTheBoundOverTime(t *testing.T) {
	with := func(decades, baseline, loss float64) profile.Profile {
		p := recurrent(falling(31, math.Pow(10, -decades/30))...)
		for step := range 200 {
			p.Records = append(p.Records, p.Records[0])
			p.Records[step+1].Step, p.Records[step+1].Loss = step+1, profile.Number(loss)
		}
		p.Baseline = profile.Number(baseline)
		return p
	}
	for _, c := range []struct {
		decades, baseline, loss float64
		want                    Verdict
	}{
		{2.9, 2, 1, Healthy},
		{3.1, 2, 1, Undetermined},
		{3.4, 2, 0.1, Undetermined},
		{3.6, 2, 1, Vanishing},
		{3.1, 2, 2, Vanishing},    // it has learnt nothing
		{3.1, 2, 1.95, Vanishing}, // or hardly anything
		{3.1, 0, 1, Vanishing},    // it is not known what it has learnt
	} {
		d := Diagnose(with(c.decades, c.baseline, c.loss))
		if d.Verdict != c.want {
			t.Errorf("%+v: got %v: %s", c, d.Verdict, d.Sentence)
		}
		if c.want == Undetermined {
			if f := expectFinding(t, d, "vanishing", "little more than the factor of 1000", "so the network learns", "forget gate"); f.Severity != Warning {
				t.Errorf("%+v: got %v", c, f.Severity)
			}
		}
	}
}

// The gates of a cell are points at one step, and the depth with the worst trend counts.
func TestGatesOverTime(t *testing.T) {
	p := synthetic(falling(41, 0.7)...)
	for i := range 40 {
		l := &p.Layers[i]
		l.Path, l.Depth, l.Step, l.Recurrent = []string{"gate", "candidate"}[i/20], 1, i%20+1, true
	}
	p.Layers[40].Depth = 2
	d := Diagnose(p)
	if d.Time.Steps != 20 || len(d.Time.Layers) != 40 || d.Time.Layers[1] != 20 {
		t.Errorf("%+v", d.Time)
	}
	within(t, "slope", d.Time.Slope, -math.Log10(0.7), 1e-9)
}
