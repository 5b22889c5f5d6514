package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A schedule that suits a longer run, or one that falls in each step where each epoch was meant, leaves a network with hardly any steps. The
// weights then stay as they are, and a higher rate or a larger network does not help.

// lowRate and noRate are the shares of a learning rate below which a schedule keeps it too low, and ends the training.
const (
	lowRate = 0.1
	noRate  = 1e-3
)

// scheduledLow sets the remedy of steps that are small because a schedule keeps the rate below a tenth of the optimiser's own in most
// records.
func (r *ruleInput) scheduledLow(f *Finding) bool {
	if r.decaysRate(f) {
		return true
	}
	if r.Optimizer == nil || !(r.Optimizer.LearningRate > 0) || r.largestRate() == 0 {
		return false
	}
	share := median(r.sample, learningRateOf) / float64(r.Optimizer.LearningRate)
	if !(share < lowRate) {
		return false
	}
	f.check = true
	f.advise(r.say, option{r.say.Sprintf("The learning rate was only %s of the optimiser's own in most steps: check whether its schedule suits the length of the run.", words.Human(share)),
		"", learningRate, 1})
	return true
}

// decaysRate does the same for AdaGrad's own decay, which divides the rate of step t by 1 + (t-1)·RateDecay.
func (r *ruleInput) decaysRate(f *Finding) bool {
	if r.Optimizer == nil || r.Optimizer.Kind != profile.AdaGrad || !(r.Optimizer.RateDecay > 0) {
		return false
	}
	share := median(r.sample, func(rec profile.Record) float64 { return 1 / (1 + float64(rec.Step)*float64(r.Optimizer.RateDecay)) })
	if !(share < lowRate) {
		return false
	}
	f.advise(r.say, option{r.say.Sprintf("AdaGrad's decay of %s leaves its learning rate at %s of what it was in most steps: take none.", words.Human(float64(r.Optimizer.RateDecay)), words.Human(share)),
		"RateDecay: 0", learningRate, 1})
	return true
}

// endsEarly is the finding of a rate that falls to next to nothing before half of the steps, in a network that has not learnt by then; nil if
// it does not.
func (r *ruleInput) endsEarly() *Finding {
	if r.d.Verdict != Healthy && r.d.Verdict != Stuck || len(r.sample) < fewest || !r.HasLoss() || r.learns() {
		return nil
	}
	peak := r.sample[0]
	t := countIn(r.sample, func(rec profile.Record) (bool, bool) { // a warm-up comes before the peak
		if rec.LearningRate > peak.LearningRate {
			peak = rec
		}
		return learningRateOf(rec) < noRate*learningRateOf(peak), true
	})
	if !t.mostly() {
		return nil
	}
	f := r.rateFinding(t)
	f.Severity = Warning
	f.Sentence = r.say.Sprintf("The schedule ends the training early: from step %d on the learning rate is below a thousandth of what it was, and the weights stay nearly as they are.", t.first)
	if !r.scheduledLow(&f) {
		f.check, f.Remedy = true, r.say.Text("Check whether the schedule suits the length of the run.")
	}
	return &f
}

func (r *ruleInput) largestRate() (largest float64) {
	for _, rec := range r.sample {
		largest = max(largest, learningRateOf(rec))
	}
	return largest
}

func learningRateOf(rec profile.Record) float64 { return float64(rec.LearningRate) }
