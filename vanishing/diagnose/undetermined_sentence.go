package diagnose

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// undeterminedSentence says why there is no verdict.
func (d *Diagnosis) undeterminedSentence(p profile.Profile) string {
	switch {
	case len(p.Unseen) > 0:
		return unseenSentence(d.Language, p)
	case d.nearBound(p):
		return d.nearBoundSentence(p)
	case d.Records == 0 || len(p.Path()) == 0:
		return d.Language.Text("Nothing was recorded, so there is nothing to judge.")
	case len(d.Lost) == 0 && d.outputDelta(p) > 0 && !d.fewAlive() && d.idle(p):
		return d.idleSentence(p)
	case len(d.Lost) == 0 && d.outputDelta(p) > 0 && !d.fewAlive() && !d.hiddenByDropout(p):
		return d.stillAboveSentence(p)
	case len(d.Lost) == 0 && d.outputDelta(p) > 0 && !d.fewAlive():
		return d.dropoutSentence(p)
	case len(d.Fitted) > 0:
		hidden := d.Language.Count(len(d.Fitted), "hidden layer")
		if len(d.Fitted) == 1 {
			return d.Language.Sprintf("Only %s has a gradient that is not zero: too few to tell how it changes over the depth.", hidden)
		}
		return d.Language.Sprintf("Only %s have a gradient that is not zero: too few to tell how it changes over the depth.", hidden)
	case d.outputDelta(p) > 0 && !d.outputBeginsAtZero(p):
		return d.Language.Text("The gradient reaches the output layer and no hidden layer, where it is exactly zero: what lies between passes nothing back.")
	case d.outputDelta(p) > 0:
		return d.Language.Text("The gradient reaches the output layer and no hidden layer, where it is exactly zero: an output layer whose weights are zero passes nothing back until its first update.")
	case d.zeroProduct(p):
		return d.zeroProductSentence()
	}
	return d.Language.Text("The gradient is exactly zero in all layers: either the loss is at its minimum and there is nothing left to learn, or the output is saturated and responds to nothing any more.")
}

// outputBeginsAtZero reports whether the weights of all output layers are zero before any update, or may be as they were not recorded.
func (d *Diagnosis) outputBeginsAtZero(p profile.Profile) bool {
	path, weights := p.Path(), p.Weights()
	details := p.Records[0].Details
	if details == nil || len(details.Params) == 0 {
		return true
	}
	return !slices.ContainsFunc(p.Level(path, path[len(path)-1]), func(l int) bool {
		return weights[l] >= 0 && details.Params[weights[l]].NormL2 > 0
	})
}
