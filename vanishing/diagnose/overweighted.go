package diagnose

import "github.com/gradflow/gradflow/vanishing/internal/words"

// settled is the share of its first value to which a loss has fallen that is as good as zero.
const settled = 0.01

// overweighted sets the remedy of units that have died in training because one of several losses asks for it, as a large penalty on a layer's
// output does: that loss has come to almost nothing, while the network guesses for another.
func (r *ruleInput) overweighted(f *Finding) bool {
	for i := range r.Losses {
		share := r.lossShare(i)
		if !(share < settled) {
			continue
		}
		for j := range r.Losses {
			if j == i || !r.d.isStuck(r.OfLoss(j)) {
				continue
			}
			f.Code, f.check = "", false
			f.Remedy = r.say.Sprintf("Of the losses, %s has fallen to %s of what it was at first, while %s stays that of guessing: the units may have died to serve the first. Give it a lower weight in the sum.",
				r.Losses[i].Name, words.Human(share), r.Losses[j].Name)
			return true
		}
	}
	return false
}

// lossShare is the mean of a loss in the last quarter of the records over its first value; NaN if that is unknown.
func (r *ruleInput) lossShare(i int) float64 {
	of := r.OfLoss(i)
	return r.d.quarterLoss(of, 0) / recordedLoss(of.Records[0])
}
