package diagnose

import (
	"regexp"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// pytorchCode is the code of remedies in PyTorch, by that of gradflow. $1 stands for a number.
var pytorchCode = []struct {
	ours   *regexp.Regexp
	theirs string
}{
	{exactly(`Norm: graph\.LN`), `nn.LayerNorm(units)`},
	{exactly(`Norm: graph\.BN`), `nn.BatchNorm1d(units)`},
	{exactly(`Init: initializer\.HeNormal\{\}`), `nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")`},
	{exactly(`Init: initializer\.LeCunNormal\{\}`), `nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")`},
	{exactly(`Init: initializer\.XavierNormal\{\}`), `nn.init.xavier_normal_(layer.weight)`},
	{exactly(`Init: initializer\.XavierUniform\{\}`), `nn.init.xavier_uniform_(layer.weight)`},
	{exactly(regexp.QuoteMeta(skipCode)), `x = x + layers(x)`},
	{exactly(`BiasInit: initializer\.Constant\{\}`), `nn.init.zeros_(layer.bias)`},
	{exactly(`StateInit: initializer\.Orthogonal\{\}`), `nn.init.orthogonal_(rnn.weight_hh_l0)`},
	{exactly(`Activation: graph\.ReLU, Init: initializer\.HeNormal\{\}`), `nn.ReLU(); nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")`},
	{exactly(`Activation: graph\.LeakyReLU\((.*)\)`), `nn.LeakyReLU($1)`},
	{exactly(`LearningRate: (.*)`), `optimizer.param_groups[0]["lr"] = $1`},
	{exactly(`WeightDecay: (.*)`), `optimizer.param_groups[0]["weight_decay"] = $1`},
	{exactly(`Optimizer: &optim\.Adam\{\}`), `optimizer = torch.optim.Adam(model.parameters())`},
	{exactly(`RateDecay: (.*)`), `optimizer.param_groups[0]["lr_decay"] = $1`},
	{exactly(`Epsilon: (.*)`), `optimizer.param_groups[0]["eps"] = $1`},
	{exactly(`BatchSize: (.*)`), `DataLoader(dataset, batch_size=$1)`},
	{exactly(`ForgetBias: (.*)`), `lstm.bias_ih_l0.data[lstm.hidden_size:2 * lstm.hidden_size] = $1`},
	{exactly(`Placement: attention\.PreLN`), `nn.TransformerEncoderLayer(d_model, nhead, norm_first=True)`},
	{exactly(`QKNorm: true`), `q, k = (F.layer_norm(t, t.shape[-1:]) for t in (q, k))`},
	{exactly(`StandardizeTargets: true`), `y = (y - y.mean()) / y.std()`},
	{exactly(regexp.QuoteMeta(normalizeCode)), `x = (x - x.mean(0)) / x.std(0)`},
	{exactly(clipCode), `torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)`},
}

func exactly(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }

// inTheirTerms says the code of a finding in terms of the framework that the profile comes from. Code that has no counterpart there is left
// out: the remedy says it in words.
func (f *Finding) inTheirTerms(framework string) {
	if framework != profile.PyTorch || f.Code == "" {
		return
	}
	ours := f.Code
	f.Code = ""
	for _, c := range pytorchCode {
		if c.ours.MatchString(ours) {
			f.Code = c.ours.ReplaceAllString(ours, c.theirs)
			return
		}
	}
}

// residualNetwork is a network with skips, to look at: a Transformer for one with attention.
func residualNetwork(p profile.Profile) string {
	attends := len(p.Attentions) > 0
	switch ours := p.Framework != profile.PyTorch; {
	case ours && attends:
		return "models/transformer"
	case ours:
		return "models/resnet"
	case attends:
		return "torch.nn.TransformerEncoderLayer"
	}
	return "torchvision.models.resnet18"
}
