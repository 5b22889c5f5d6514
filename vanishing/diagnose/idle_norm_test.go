package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A normalisation that makes all samples alike is named as the cause, and neither the inputs nor another normalisation.
func TestNormalisationThatIsIdle(t *testing.T) {
	lost := func(spoil func(p *profile.Profile)) profile.Profile {
		p := stuckOn(func(p *profile.Profile) {
			for i := range p.Records {
				for l := range 4 {
					p.Records[i].Layers[l].DeltaRMS, p.Records[i].Details.Layers[l].Dead = 0, 1
				}
				p.Records[i].Details.Layers[0].PreStd = 0
			}
		})
		spoil(&p)
		return p
	}
	one := lost(func(p *profile.Profile) { p.Layers[1].Norm.Kind, p.Layers[1].Units = profile.LayerNorm, 1 })
	for _, rule := range []string{"vanishing", "dead-relu"} {
		if f := expectFinding(t, Diagnose(one), rule, "over the only unit of layer 2"); f.Code != "" {
			t.Errorf("%s: got the code %q", rule, f.Code)
		}
	}
	gain := func(size profile.Number) profile.Profile {
		return lost(func(p *profile.Profile) {
			p.Layers[0].Norm.Kind = profile.BatchNorm
			p.Params = append(p.Params, profile.Param{Name: "norm/gain", Layer: "norm", Depth: 1, Role: "gain", Size: 4})
			for i := range p.Records {
				r := &p.Records[i]
				r.Params = append(r.Params, profile.ParamRecord{})
				r.Details.Params = append(r.Details.Params, profile.ParamDetail{NormL2: size})
				r.Details.Updates = append(r.Details.Updates, profile.Update{})
			}
		})
	}
	for _, rule := range []string{"vanishing", "dead-relu"} {
		expectFinding(t, Diagnose(gain(0)), rule, "The gain of the normalisation of layer 1 begins at zero", "GainInit")
		expectFinding(t, Diagnose(gain(2)), rule, "Check the inputs")
	}
}
