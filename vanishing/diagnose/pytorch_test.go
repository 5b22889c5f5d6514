package diagnose

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Remedies for a network of PyTorch are in its terms.
func TestRemediesInTermsOfPyTorch(t *testing.T) {
	lstm := recurrent(falling(40, 0.7)...)
	clipped := recurrent(falling(40, 1.4)...)
	noise := flat(eachSNR(func(int) float64 { return 1.1 }))
	dead := flat(eachLayer(4, func(l *profile.LayerDetail) { l.Dead = 0.99 }))
	saturated := flat(eachLayer(2, func(l *profile.LayerDetail) { l.Saturated = 0.8 }))
	saturated.Layers[2].Activation = tanh
	for _, c := range []struct {
		p            profile.Profile
		rule         string
		ours, theirs string // the code
		remedy       string
	}{
		{with(append(falling(10, 0.2), 1), profile.Sigmoid, "", xavier.usual), "vanishing", "Activation: graph.ReLU, Init: initializer.HeNormal{}", `nn.ReLU(); nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")`, ""},
		{with(append(falling(10, 0.2), 1), profile.ReLU, "", he.usual), "vanishing", skipCode, "x = x + layers(x)", "torchvision.models.resnet18 is such a network"},
		{with(append(falling(10, 5), 1), profile.ReLU, "", he.usual), "exploding", "Norm: graph.LN", "nn.LayerNorm(units)", "torchvision.models.resnet18 is such a network"},
		{lstm, "vanishing", "", "", "An LSTM whose forget gate"},
		{clipped, "exploding", "&train.ClipNorm{Max: 1}", "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)", "clip the gradient"},
		{noise, "gradient-noise", "BatchSize: 128", "DataLoader(dataset, batch_size=128)", ""},
		{dead, "dead-relu", "Activation: graph.LeakyReLU(0.01)", "nn.LeakyReLU(0.01)", ""},
		{saturated, "saturation", "Norm: graph.BN", "nn.BatchNorm1d(units)", ""},
	} {
		if f := expectFinding(t, Diagnose(c.p), c.rule); f.Code != c.ours || strings.Contains(f.Remedy, "torch") {
			t.Errorf("%s: got %q: %s, want %q", c.rule, f.Code, f.Remedy, c.ours)
		}
		c.p.Framework = profile.PyTorch
		if f := expectFinding(t, Diagnose(c.p), c.rule, c.remedy); f.Code != c.theirs || strings.Contains(f.Remedy, "models/resnet") {
			t.Errorf("%s of PyTorch: got %q: %s, want %q", c.rule, f.Code, f.Remedy, c.theirs)
		}
	}
	for ours, theirs := range map[string]string{
		"LearningRate: 0.001": `optimizer.param_groups[0]["lr"] = 0.001`, "ForgetBias: 3.7": "lstm.bias_ih_l0.data[lstm.hidden_size:2 * lstm.hidden_size] = 3.7",
		normalizeCode: "x = (x - x.mean(0)) / x.std(0)", "Something: ours": "", "": "",
	} {
		f := Finding{Code: ours}
		if f.inTheirTerms(profile.PyTorch); f.Code != theirs {
			t.Errorf("%q: got %q, want %q", ours, f.Code, theirs)
		}
	}
	for _, family := range []initFamily{he, lecun, xavier} {
		f := Finding{Code: "Init: " + family.code}
		if f.inTheirTerms(profile.PyTorch); !strings.HasPrefix(f.Code, "nn.init.") {
			t.Errorf("%s: got %q", family.code, f.Code)
		}
	}
	p := trainedProfile(20, adam(0.01), falling(11, 1)...)
	p.Framework, p.Records[10].Loss = profile.PyTorch, profile.Number(math.NaN())
	expectFinding(t, Diagnose(p), "non-finite", `optimizer.param_groups[0]["lr"] = 0.001`)
}
