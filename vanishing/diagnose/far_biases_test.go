package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Biases of either sign that begin where the activation is flat are to blame, and not the inputs, which hardly count beside them.
func TestFarBiases(t *testing.T) {
	of := func(kind profile.ActivationKind, mean, std, bias float64, spoil func(*profile.Profile)) Diagnosis {
		p := trainedProfile(20, adam(0.001), append(falling(4, 1e-3), 1)...)
		p.Theory = &profile.Theory{Inputs: 0.58}
		for i := range p.Layers[:4] {
			p.Layers[i].Activation.Kind, p.Layers[i].Init = kind, &xavier.usual
			p.Params = append(p.Params, profile.Param{Name: p.Layers[i].Path + "/bias", Layer: p.Layers[i].Path, Depth: i + 1, Role: "bias", Size: 16})
		}
		for i := range p.Records {
			r := &p.Records[i]
			for l := range p.Layers[:4] {
				z := &r.Details.Layers[l]
				z.PreMean, z.PreStd, z.Saturated = profile.Number(mean), profile.Number(std), 1
				r.Params = append(r.Params, profile.ParamRecord{})
				r.Details.Params = append(r.Details.Params, profile.ParamDetail{NormL2: profile.Number(4 * math.Abs(bias))})
				r.Details.Updates = append(r.Details.Updates, profile.Update{})
			}
		}
		if spoil != nil {
			spoil(&p)
		}
		return Diagnose(p)
	}
	const code = "BiasInit: initializer.Constant{}"
	for _, c := range []struct {
		kind            profile.ActivationKind
		mean, std, bias float64
		want            string
	}{
		{profile.Sigmoid, 15, 0.8, 15, "The biases of layer 1 begin at about 15, where sigmoid is flat"},
		{profile.Sigmoid, -15, 0.8, 15, "The biases of layer 1 begin at about -15, where sigmoid is flat"},
		{profile.Tanh, 8, 0.3, 8, "The biases of layer 1 begin at about 8, where tanh is flat"},
		{profile.Tanh, 0.5, 9, 9, "The biases of layer 1 begin at a size of 9 (root mean square), where tanh is flat"},
	} {
		d := of(c.kind, c.mean, c.std, c.bias, nil)
		for _, rule := range []string{"vanishing", "saturation"} {
			if f := expectFinding(t, d, rule, c.want); f.Code != code {
				t.Errorf("%v, %s: got the code %q", c, rule, f.Code)
			}
		}
	}
	inputs := of(profile.Sigmoid, 0, 15, 1, nil) // what makes the pre-activations large is not the biases
	if f := expectFinding(t, inputs, "vanishing", "The inputs drive layer 1"); f.Code != normalizeCode {
		t.Errorf("got %q", f.Code)
	}
	for name, spoil := range map[string]func(p *profile.Profile){
		"a normalisation takes the biases away": func(p *profile.Profile) {
			for l := range p.Layers[:4] {
				p.Layers[l].Norm.Kind = profile.LayerNorm
			}
		},
		"gates of a recurrent layer": func(p *profile.Profile) {
			for l := range p.Layers[:4] {
				p.Layers[l].Recurrent = true
			}
		},
		"not saturated at first": func(p *profile.Profile) {
			for l := range p.Layers {
				p.Records[0].Details.Layers[l].Saturated = 0.5
			}
		},
	} {
		if f := expectFinding(t, of(profile.Sigmoid, 15, 0.8, 15, spoil), "vanishing"); f.Code == code {
			t.Errorf("%s: got %s", name, f.Remedy)
		}
	}
}
