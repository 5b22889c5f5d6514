package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// farAbove is the ratio of the loss to that of guessing from which on a loss that falls is told to be far from it: a network begins within
// two or three times of guessing if its inputs, targets and weights are of the usual size.
const farAbove = 5

// findAboveGuessing finds networks whose gradients are healthy and whose loss falls, but which after many steps are still far worse than
// guessing, as those are whose inputs or targets are not normalised.
func findAboveGuessing(r *ruleInput) []Finding {
	if r.d.Verdict != Healthy || r.Baseline <= 0 || r.d.Records < fewest || r.d.steps(r.Profile) < patience {
		return nil
	}
	far := farAbove * float64(r.Baseline)
	last := r.d.quarterLoss(r.Profile, 0)
	if val, _ := validation(r.Profile); last < far || val < far { // with dropout the loss of training is far above
		return nil
	}
	t := countIn(r.quarter(false), func(rec profile.Record) (bool, bool) {
		return float64(rec.Loss) >= far, stat.Finite(float64(rec.Loss))
	})
	f := Finding{Severity: Warning, Step: t.first, Confidence: t.confidence(),
		Sentence: r.say.Sprintf("The loss falls, but after %d steps it is still %s times that of guessing, which ignores the inputs.",
			r.d.steps(r.Profile), words.Human(last/float64(r.Baseline))),
		Evidence: r.say.Sprintf("The loss goes from %.4g to %.4g (medians of the first and the last quarter), and that of guessing is %.4g.",
			r.lossAt(true), r.lossAt(false), float64(r.Baseline))}
	if !r.offScale(&f) && !r.targetsOffScale(&f) && !r.boundedOutput(&f) {
		f.check, f.Remedy = true, r.say.Text("Check whether the inputs and targets are normalised, and train longer.")
	}
	return []Finding{f}
}
