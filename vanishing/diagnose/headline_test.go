package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestHeadlines(t *testing.T) {
	lost := synthetic(falling(10, 0.1)...)
	for l := range 3 {
		lost.Records[0].Layers[l].DeltaRMS = 0
	}
	broken := synthetic(falling(10, 0.9)...)
	broken.Records[0].Step, broken.Records[0].Loss = 7, profile.Number(math.NaN())
	stuck := trainedProfile(400, sgd(1e-9), 1, 1, 1, 1, 1)
	levelLoss(&stuck)
	stuck.Baseline = stuck.Records[0].Loss
	for name, c := range map[string]struct {
		p       profile.Profile
		verdict Verdict
		want    string
	}{
		"vanishing":  {synthetic(falling(10, 0.1)...), Vanishing, "layer 1 receives 1e-8 of what layer 9 does"},
		"healthy":    {synthetic(1, 1, 1, 1), Healthy, "layer 1 receives as much as layer 3 does"},
		"lost":       {lost, Vanishing, "exactly zero from layer 3 to the input"},
		"non-finite": {broken, NonFinite, "not finite from step 7 on"},
		"stuck":      {stuck, Stuck, "after 399 steps the loss is still that of guessing"},
		"shallow":    {synthetic(1, 1), Healthy, "too little depth for a trend"},
		"nothing":    {profile.Profile{}, Undetermined, "Nothing was recorded, so there is nothing to judge."},
	} {
		d := Diagnose(c.p)
		if got := d.Headline(); got != c.want || d.Verdict != c.verdict {
			t.Errorf("%s: got %v, %q, want %v, %q", name, d.Verdict, got, c.verdict, c.want)
		}
	}
}
