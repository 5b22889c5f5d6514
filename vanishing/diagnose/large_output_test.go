package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// comingDown is a run of 400 steps whose loss falls from a first value to a last, with steps of 7e-4 of the weights and output weights of
// a norm for each unit. Guessing has a loss of 1.
func comingDown(first, last, norm float64) profile.Profile {
	p := trainedProfile(400, adam(0.003), falling(4, 1)...)
	p.Baseline = 1
	for l := range p.Layers {
		p.Layers[l].Units = 25
	}
	for i := range p.Records {
		r := &p.Records[i]
		r.Loss = profile.Number(last * (1.05 - 0.05*float64(i)/399))
		if i < 20 {
			r.Loss = profile.Number(first - (first-last)*float64(i)/20)
		}
		for l := range p.Layers {
			r.Details.Updates[l].Ratio, r.Details.Params[l].NormL2 = 7e-4, 5
		}
		r.Details.Params[3].NormL2 = profile.Number(5 * norm)
	}
	return p
}

// A network whose output weights began far too large needs smaller ones, or more steps, and no higher rate.
func TestLargeOutputWeights(t *testing.T) {
	const code = "Init: initializer.XavierNormal{}"
	for _, c := range []struct {
		first, last, norm float64
		rule              string
		want              bool
	}{
		{1000, 1.8, 56, "stuck", true},
		{1000, 1.8, 2, "stuck", false}, // the weights are of usual size
		{3, 1.8, 56, "stuck", false},   // the first loss is usual
		{1000, 1, 56, "stuck", true},
	} {
		f := expectFinding(t, Diagnose(comingDown(c.first, c.last, c.norm)), c.rule)
		if got := f.Code == code && strings.Contains(f.Remedy, "The weights of the output layer begin 56 times"); got != c.want {
			t.Errorf("%+v: got %q: %s", c, f.Code, f.Remedy)
		}
		if strings.HasPrefix(f.Code, "LearningRate") && c.want {
			t.Errorf("%+v: got %q", c, f.Code)
		}
	}
	falls := comingDown(1000, 1.8, 56)
	for i := range falls.Records {
		falls.Records[i].Loss = profile.Number(1000/float64(i+1) + 2)
	}
	expectFinding(t, Diagnose(falls), "above-guessing", "The weights of the output layer begin 56 times as large", "longer training helps too")
	for i := range falls.Records { // it has learnt all the same
		falls.Records[i].Loss = profile.Number(1000 / float64((i+1)*(i+1)))
	}
	expectNoFinding(t, Diagnose(falls), "above-guessing")
}

// A loss that has come down from far above guessing, and still falls, is not thrown up by a higher rate.
func TestLossThatStillComesDown(t *testing.T) {
	if f := expectFinding(t, Diagnose(comingDown(1000, 1.8, 1)), "stuck", "has come down from 1000 to 1.8 times that of guessing and still falls: train longer"); f.Code != "" {
		t.Errorf("got %q", f.Code)
	}
	for name, p := range map[string]profile.Profile{
		"usual first loss": comingDown(3, 1.8, 1),
		"at guessing":      comingDown(1000, 1, 1), // nothing is left to come down
	} {
		if f := expectFinding(t, Diagnose(p), "stuck"); f.Code != "LearningRate: 0.03" {
			t.Errorf("%s: got %q: %s", name, f.Code, f.Remedy)
		}
	}
}
