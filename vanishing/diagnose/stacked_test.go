package diagnose

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A stack of layers that share one weight has no time, and no use for an LSTM.
func TestStackedLayersAreDepth(t *testing.T) {
	stack := func(delta ...float64) profile.Profile {
		p := recurrent(delta...)
		for i := range delta {
			p.Layers[i].Stacked = true
		}
		return p
	}
	zeros := append(make([]float64, 30), falling(10, 0.9)...)
	for _, c := range []struct {
		p            profile.Profile
		want         Verdict
		said, remedy string
	}{
		{stack(falling(40, 0.7)...), Vanishing, "Over the depth, which is 40 uses of the one weight of layer 1, the gradient shrinks by a factor of 1.4 per use on its way back: use 1 receives", "let skips carry"},
		{stack(falling(40, 1.4)...), Exploding, "grows by a factor of 1.4 per use", "or smaller"},
		{stack(zeros...), Vanishing, "before use 31 it is exactly zero", "let skips carry"},
		{stack(falling(40, 0.99)...), Healthy, "within the factor of 1000", ""},
	} {
		d := expectVerdict(t, c.p, c.want, c.said)
		text := d.Sentence + d.Evidence + d.Headline()
		if c.want != Healthy {
			f := expectFinding(t, d, c.want.String(), c.remedy, "Norm: graph.LN")
			text += f.Sentence + f.Evidence + f.Remedy
		}
		for _, word := range []string{"Over time", "in time", "step", "LSTM"} {
			if strings.Contains(strings.ReplaceAll(text, "recorded step", ""), word) {
				t.Errorf("%v: %q is in %s", c.want, word, text)
			}
		}
	}
}
