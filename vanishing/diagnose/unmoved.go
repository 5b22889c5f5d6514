package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Random weights may be better than guessing by chance. A network whose weights have hardly moved since has learnt nothing.
const (
	hardlyMoved = 0.01 // change of the weights over the whole run, relative to their size
	motionless  = 1e-5 // the same, below which a fall of the loss is chance
	unchanged   = 0.95 // ratio of the last quarter's loss to that of the first, from which on it counts as the same
	halfway     = 0.5  // share of the loss of guessing that random weights do not reach
)

// asItBegan reports whether the weights have hardly moved, and the loss has hardly fallen. A network that was trained before may have learnt all
// it can.
func (d *Diagnosis) asItBegan(p profile.Profile) bool {
	if d.quarterLoss(p, 0) < halfway*float64(p.Baseline) || p.Trained {
		return d.unmoved(p) && asDrawn(p)
	}
	moved := d.moved(p)
	return moved == 0 || moved < hardlyMoved && !d.fell(p)
}

// unmoved reports whether the weights have hardly moved and the loss has not fallen, or the weights have moved by so little that no fall is of
// their doing: the network has learnt nothing since the first record.
func (d *Diagnosis) unmoved(p profile.Profile) bool {
	moved := d.moved(p)
	return p.HasLoss() && (moved < motionless || moved < hardlyMoved && !d.fell(p))
}

// asDrawn reports whether the weights are known to be as they were drawn in the first record. Those of an adopted program, or of PyTorch, may have
// been loaded.
func asDrawn(p profile.Profile) bool {
	return !p.Trained && len(p.Records) > 0 && p.Records[0].Step == 0 && slices.ContainsFunc(p.Layers, func(l profile.Layer) bool { return l.Init != nil })
}

// idle reports whether a network has learnt nothing since the first record, and it is not known whether there was anything to learn.
func (d *Diagnosis) idle(p profile.Profile) bool {
	return p.Baseline == 0 && !p.Trained && d.Records >= fewest && d.steps(p) >= patience && d.unmoved(p)
}

func (d *Diagnosis) idleSentence(p profile.Profile) string {
	return d.Language.Sprintf("Whether there was anything to learn cannot be told without the loss of guessing (baseline): %s.", d.unmovedClause(p))
}

// unmovedClause says that a network is as it began.
func (d *Diagnosis) unmovedClause(p profile.Profile) string {
	return d.Language.Sprintf("in %d steps the loss has not fallen from %.3g, and a typical weight has moved by less than %s of its size",
		d.steps(p), recordedLoss(p.Records[0])+d.floor, words.Human(hardlyMoved))
}

// moved is the change of the weights over the whole run, relative to their size; NaN if it is unknown.
func (d *Diagnosis) moved(p profile.Profile) float64 {
	return newRuleInput(p, d).meanUpdate() * float64(d.steps(p))
}

// fell reports whether the loss of the last quarter is below that of the first, by more than chance explains.
func (d *Diagnosis) fell(p profile.Profile) bool {
	first, ofFirst := d.quarterLossAndError(p, quarters-1)
	last, ofLast := d.quarterLossAndError(p, 0)
	return first-last > (1-unchanged)*math.Abs(first) && first-last > clearly*math.Hypot(ofFirst, ofLast)
}

// frozen reports whether no step has moved a weight, though all of them have gradients.
func (r *ruleInput) frozen() bool { return r.largestUpdate() == 0 && r.meanUpdate() == 0 }
