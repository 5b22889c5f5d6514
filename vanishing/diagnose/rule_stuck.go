package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// findStuck finds networks that have learnt nothing although the gradient does not vanish. Its remedy depends on the size of the
// steps.
func findStuck(r *ruleInput) []Finding {
	if r.d.Verdict != Stuck {
		return nil
	}
	if !r.d.isStuck(r.Profile) {
		return []Finding{r.stuckLossFinding()}
	}
	t := countIn(r.quarter(false), func(rec profile.Record) (bool, bool) {
		return float64(rec.Loss) >= guessing*float64(r.Baseline), stat.Finite(float64(rec.Loss))
	})
	if r.d.unmoved(r.Profile) {
		_, t = r.updates(r.sample, func(u float64) bool { return u*float64(r.d.steps(r.Profile)) < hardlyMoved })
	}
	f := Finding{Severity: Critical, Step: t.first, Confidence: t.confidence(), Sentence: r.d.stuckSentence(r.Profile)}
	ratio, _ := r.updates(r.sample, func(float64) bool { return false })
	f.Evidence = r.say.Sprintf("The loss goes from %.4g to %.4g (medians of the first and the last quarter)%s.", r.told(r.lossAt(true)), r.told(r.lossAt(false)), r.optimizerNote())
	lost := len(r.d.lostByNow(r.Profile)) > 0
	if r.idleNorm(&f) || r.blankInputs(&f) || lost && r.overweighted(&f) || r.bestTrial(&f) || r.offScale(&f) || r.boundedOutput(&f) || r.targetsOffScale(&f) || r.largeOutput(&f) || r.fewSamples(&f) || r.slower(&f) || r.otherRule(&f) || r.overDecayed(&f) {
		return []Finding{f}
	}
	switch worse := r.lossAt(false) > r.lossAt(true); {
	case ratio == 0 && !lost && r.frozen():
		f.check, f.Remedy = true, r.say.Text("No weight moves: check whether the parameters are frozen or left out of the optimiser, and its learning rate.")
	case ratio > slowest && r.commonMean(&f):
	case ratio > usual && worse:
		f.advise(r.say, option{r.say.Sprintf("A step changes a weight by %s of its size and the loss rises: lower the learning rate 10 times.", words.Human(ratio)),
			rateCode(r.Profile, 10), learningRate, -1})
	case ratio < usual && (r.scheduledLow(&f) || r.clipped(&f) || r.epsilonTooLarge(&f)): // a rate of next to nothing changes no weight at all
	case ratio > usual/10 && r.noisyNorm(&f):
	case ratio > 0 && ratio < usual && !lost && ratio > slowest && r.stillComesDown(&f):
	case ratio > 0 && ratio < usual && !lost:
		f.advise(r.say, r.higher(r.raiseOrWait(ratio)))
	default:
		f.check, f.Remedy = true, r.say.Text("See the other findings. If there are none, check whether the targets belong to the inputs, and try a larger network or more steps.")
	}
	return []Finding{f}
}
