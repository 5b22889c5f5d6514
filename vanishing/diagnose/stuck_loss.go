package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// stuckLoss is the first of several losses that has stayed that of guessing while their sum has not; -1 if there is none. The gradient
// may vanish on the way from its output alone: another loss that joins before the first layers hides that there.
func (d *Diagnosis) stuckLoss(p profile.Profile) int {
	for i := range p.Losses {
		if p.Losses[i].Baseline > 0 && d.isStuck(p.OfLoss(i)) {
			return i
		}
	}
	return -1
}

// stuckByDepth reports whether no loss learns of which it can be told, while the gradient of their sum shrinks enough to be the cause: a loss
// without a baseline, such as a penalty, may hide it in the sum.
func (d *Diagnosis) stuckByDepth(p profile.Profile) bool {
	if d.isStuck(p) || d.stuckLoss(p) < 0 || d.stuckChange(p) > -weak {
		return false
	}
	for i := range p.Losses {
		if p.Losses[i].Baseline > 0 && !d.isStuck(p.OfLoss(i)) {
			return false
		}
	}
	return true
}

// stuckOn is the profile of what a stuck network has not learnt, and its floor: the sum of its losses, or one of them.
func (d *Diagnosis) stuckOn(p profile.Profile) (of profile.Profile, floor float64) {
	if i := d.stuckLoss(p); !d.isStuck(p) && i >= 0 {
		return p.OfLoss(i), 0
	}
	return p, d.floor
}

// stuckLossSentence names the loss.
func (d *Diagnosis) stuckLossSentence(p profile.Profile) string {
	i := d.stuckLoss(p)
	return d.Language.Sprintf("Of the losses, %s has learnt nothing: %s.", p.Losses[i].Name, d.nothingLearnt(p.OfLoss(i), 0))
}

// stuckLossFinding is the finding of such a loss.
func (r *ruleInput) stuckLossFinding() Finding {
	i := r.d.stuckLoss(r.Profile)
	guess := guessing * float64(r.Losses[i].Baseline)
	t := countIn(r.quarter(false), func(rec profile.Record) (bool, bool) {
		return i < len(rec.Losses) && float64(rec.Losses[i]) >= guess, i < len(rec.Losses) && stat.Finite(float64(rec.Losses[i]))
	})
	return Finding{
		Severity: Critical, Step: t.first, Confidence: t.confidence(), check: true, Sentence: r.d.stuckLossSentence(r.Profile),
		Evidence: r.say.Sprintf("The sum of the losses goes from %.4g to %.4g (medians of the first and the last quarter).", r.told(r.lossAt(true)), r.told(r.lossAt(false))),
		Remedy:   r.say.Text("Look at the gradient in the layers that lead to its output alone, where it may vanish on its way back, at its weight in the sum, and whether its targets belong to the inputs."),
	}
}
