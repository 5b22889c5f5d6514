package diagnose

import "github.com/gradflow/gradflow/vanishing/profile"

// The product of two layers has a gradient with respect to each that is the other one. If both begin at zero, as two embeddings whose product is
// taken may, neither ever gets one.

// zeroProduct reports whether no layer has a gradient and the weights of all began at zero.
func (d *Diagnosis) zeroProduct(p profile.Profile) bool {
	path, weights := p.Path(), p.Weights()
	if d.Records == 0 || len(path) == 0 || len(d.Fitted) > 0 || d.outputDelta(p) > 0 || p.Records[0].Step > 0 {
		return false
	}
	details, some := p.Records[0].Details, false
	if details == nil {
		return false
	}
	for _, l := range path {
		if w := weights[l]; w >= 0 {
			if len(details.Params) <= w || details.Params[w].NormL2 != 0 {
				return false
			}
			some = true
		}
	}
	return some
}

// zeroProductSentence says why layers that are multiplied with each other, and all begin at zero, never learn.
func (d *Diagnosis) zeroProductSentence() string {
	return d.Language.Text("All weights begin at zero, and the gradient is exactly zero in all layers: layers that are multiplied with each other get none while they are all zero, so that none ever learns.")
}

// zeroProductFinding is the finding of such layers.
func (r *ruleInput) zeroProductFinding() Finding {
	path := r.Path()
	f := Finding{Severity: Critical, Layers: path, Step: r.Records[0].Step, Confidence: 1, Sentence: r.d.zeroProductSentence()}
	f.advise(r.say, option{text: r.say.Text("Draw the weights at random."), code: "Init: " + familyFor(r.Layers[path[0]].Activation).code})
	return f
}
