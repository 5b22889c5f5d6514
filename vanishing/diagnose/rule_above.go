package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A network begins within two or three times of guessing if its inputs, targets and weights are of the usual size. Where the inputs or the
// targets are not, or batch normalisation is over a few samples, a loss that has not come down to half of that of guessing is blamed on that.
const (
	farAbove  = 5   // ratio of the loss to that of guessing from which on a loss that falls is told to be far from it
	notLearnt = 0.5 // the same where the cause is known
)

// findAboveGuessing finds networks whose gradients are healthy and whose loss falls, but which after many steps are still far worse than
// guessing, or have learnt little, as those are whose inputs or targets are not normalised.
func findAboveGuessing(r *ruleInput) []Finding {
	if r.d.Verdict != Healthy || r.Baseline <= 0 || r.d.Records < fewest || r.d.steps(r.Profile) < patience {
		return nil
	}
	guess, last, above := float64(r.Baseline), r.d.quarterLoss(r.Profile, 0), float64(farAbove)
	var f Finding
	known := r.offScale(&f) || r.targetsOffScale(&f) || r.largeOutput(&f) || r.boundedOutput(&f) || r.commonMean(&f) || r.fewSamples(&f) || r.noisyNorm(&f)
	if known {
		above = notLearnt
	}
	if val, _ := validation(r.Profile); last < above*guess || val < above*guess || known && r.hasLearnt() { // with dropout the loss of training is far above
		return nil
	}
	t := countIn(r.quarter(false), func(rec profile.Record) (bool, bool) {
		return float64(rec.Loss) >= above*guess, stat.Finite(float64(rec.Loss))
	})
	f.Severity, f.Step, f.Confidence = Warning, t.first, t.confidence()
	if last < guess {
		f.Severity = Note
	}
	f.Sentence = r.say.Sprintf("The loss falls, but after %d steps it is still %s times that of guessing, which ignores the inputs.",
		r.d.steps(r.Profile), words.Human(last/guess))
	if r.d.floor != 0 {
		f.Sentence = r.say.Sprintf("The loss falls, but after %d steps it is still far above that of guessing, which ignores the inputs.", r.d.steps(r.Profile))
	}
	f.Evidence = r.say.Sprintf("The loss goes from %.4g to %.4g (medians of the first and the last quarter), and that of guessing is %.4g.",
		r.told(r.lossAt(true)), r.told(r.lossAt(false)), r.told(guess))
	if !known {
		f.check, f.Remedy = true, r.say.Text("Check whether the inputs and targets are normalised, and train longer.")
	}
	return []Finding{f}
}
