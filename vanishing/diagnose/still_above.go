package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// stillAbove reports whether the loss falls, but is still above that of guessing, in a network whose gradient changes enough to be the cause if it
// goes no further. A loss that falls toward guessing from above looks the same whether it will go below, unless it falls so fast that it would
// come to half of guessing in as many steps again.
func (d *Diagnosis) stillAbove(p profile.Profile) bool {
	if p.Baseline <= 0 || d.Records < fewest || d.steps(p) < patience || math.Abs(d.stuckChange(p)) < weak {
		return false
	}
	val, _ := validation(p)
	last, before := d.quarterLoss(p, 0), d.quarterLoss(p, 1)
	return last > float64(p.Baseline) && !(val < float64(p.Baseline)) && last*math.Pow(last/before, quarters) > halfway*float64(p.Baseline)
}

func (d *Diagnosis) stillAboveSentence(p profile.Profile) string {
	return d.Language.Sprintf("The gradient changes on its way back, perhaps too much for this network: %s. After %d steps the loss of %.3g falls, but is still above the %.3g of guessing: whether it comes below, more steps will tell.",
		d.stuckEnds(p), d.steps(p), d.quarterLoss(p, 0)+d.floor, float64(p.Baseline)+d.floor)
}
