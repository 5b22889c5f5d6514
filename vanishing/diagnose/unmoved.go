package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Random weights may be better than guessing by chance. A network whose weights have hardly moved since has learnt nothing.
const (
	hardlyMoved = 0.01 // change of the weights over the whole run, relative to their size
	unchanged   = 0.95 // ratio of the last quarter's loss to that of the first, from which on it counts as the same
	halfway     = 0.5  // share of the loss of guessing that random weights do not reach
)

// asItBegan reports whether the weights have hardly moved, and the loss has hardly fallen. A network that was trained before may have learnt all
// it can.
func (d *Diagnosis) asItBegan(p profile.Profile) bool {
	last, ofLast := d.quarterLossAndError(p, 0)
	if last < halfway*float64(p.Baseline) || p.Trained {
		return false
	}
	moved := newRuleInput(p, d).meanUpdate() * float64(d.steps(p)) // NaN if it is unknown
	first, ofFirst := d.quarterLossAndError(p, quarters-1)
	fell := last < unchanged*first && first-last > clearly*math.Hypot(ofFirst, ofLast)
	return moved == 0 || moved < hardlyMoved && !fell
}

// frozen reports whether no step has moved a weight, though all of them have gradients.
func (r *ruleInput) frozen() bool { return r.largestUpdate() == 0 && r.meanUpdate() == 0 }
