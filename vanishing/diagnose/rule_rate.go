package diagnose

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Bounds of the update ratio, by which a step changes a weight relative to its size. About 1e-3 is usual. Steps beyond the bounds
// are called too large or too small if the loss does not fall.
const (
	fastest = 0.1
	slowest = 1e-5
	usual   = 1e-3
)

// thrown is the factor over the first loss from which on steps have thrown the loss up. The losses of batches differ by less.
const thrown = 3

// findLargeRate finds steps so large that the loss does not fall: most steps of the first quarter of the run, or of the whole run,
// or a single step as large as the weights. After steps that throw weights far off, later steps are soon small against the weights.
func findLargeRate(r *ruleInput) []Finding {
	if len(r.sample) < 2 || !r.HasLoss() {
		return nil
	}
	ratio, t := r.updates(r.quarter(true), func(u float64) bool { return u > fastest })
	if !t.mostly() {
		ratio, t = r.updates(r.sample, func(u float64) bool { return u > fastest })
	}
	f, excess := r.rateFinding(t), ratio/usual
	if !t.mostly() { // one step as large as the weights is enough
		_, t = r.updates(r.sample, func(u float64) bool { return u > 1 })
		ratio, f, excess = r.largestUpdate(), r.rateFinding(t), r.excess()
		f.Confidence = 1 - math.Pow(1-t.share(), float64(t.known)) // that a resample contains such a step
	}
	if t.holds == 0 || r.recovers() {
		return nil
	}
	f.Severity = Warning
	if r.lossAt(false) > float64(r.sample[0].Loss) {
		f.Severity = Critical
	}
	f.Sentence = r.largeRateSentence(ratio)
	f.Evidence = r.say.Sentences(f.Evidence, r.sharpnessNote())
	if !r.offScale(&f) && !r.targetsOffScale(&f) && !r.decaySteps(&f, ratio) {
		f.advise(r.say, option{r.say.Sprintf("Lower the learning rate about %s times, so that updates come to a thousandth of the weights.", words.Human(roundTo1(excess))),
			rateCode(r.Profile, excess), learningRate, -1})
	}
	return []Finding{f}
}

// largeRateSentence says how large the steps are, and that the loss does not fall, or not below that of guessing.
func (r *ruleInput) largeRateSentence(ratio float64) string {
	peak := r.peak()
	switch falls := r.lossFalls(); {
	case falls && ratio > 1:
		return r.say.Sprintf("The steps are too large: updates change weights by up to %s times their size, and the loss comes down to that of guessing and no further.", words.Human(ratio))
	case falls:
		return r.say.Sprintf("The steps are too large: a typical update changes a weight by %s of its size, and the loss comes down to that of guessing and no further.", words.Human(ratio))
	case peak > thrown && r.lossAt(false) < float64(r.sample[0].Loss):
		return r.say.Sprintf("The steps are too large: they threw the loss to %s times what it was at first, and it has hardly come back below that.", words.Human(peak))
	case ratio > 1:
		return r.say.Sprintf("The steps are too large: updates change weights by up to %s times their size, and the loss does not fall.", words.Human(ratio))
	}
	return r.say.Sprintf("The steps are too large: a typical update changes a weight by %s of its size, and the loss does not fall.", words.Human(ratio))
}

// excess returns the factor by which the steps are too large, in a run where some steps, but not most, are as large as the weights.
//
// If the first step is as large as that, it decides: later ones may belong to a loss that already runs away, and tell nothing of the rate
// that would suit. Otherwise the typical step decides. The factor is at least 10. Adaptive optimisers make steps of one size while very
// small first weights grow within a few of them; the first step then counts with the geometric mean of itself and the first quarter.
func (r *ruleInput) excess() float64 {
	if first := r.update(r.sample[0]); first > 1 {
		if r.Optimizer.Adaptive() && r.firstStep() == 1 {
			first = math.Sqrt(first * median(r.quarter(true), r.update))
		}
		return math.Max(first/usual/r.firstStep(), 10)
	}
	return math.Max(median(r.sample, r.update)/usual, 10)
}

// firstStep is how many times larger the first step of an optimiser is than its usual ones. RMSProp divides the gradient by the root of a
// mean square that begins at zero, and AdaGrad by that of a sum which grows with the steps.
func (r *ruleInput) firstStep() float64 {
	switch o := r.Optimizer; {
	case o == nil:
	case o.Kind == profile.RMSProp && 0 < o.Alpha && o.Alpha < 1:
		return 1 / math.Sqrt(float64(1-o.Alpha))
	case o.Kind == profile.AdaGrad:
		return math.Sqrt(float64(r.sample[len(r.sample)-1].Step + 1))
	}
	return 1
}

// recovers reports whether the loss has fallen. It has to fall below that of guessing if large steps and not the first weights may have left a
// network that guesses.
func (r *ruleInput) recovers() bool {
	return r.lossFalls() && !(r.d.isStuck(r.Profile) && r.spoiltBySteps())
}

// lossFalls reports whether the loss ends below the first loss, or below half of it if a step has thrown the loss far up. A network
// that was thrown often only learns to guess, and guessing already has a lower loss than an untrained network.
func (r *ruleInput) lossFalls() bool {
	below := 0.99
	if r.peak() > thrown {
		below = 0.5
	}
	return r.lossAt(false) < below*float64(r.sample[0].Loss)
}

// peak is the largest loss over the first loss.
func (r *ruleInput) peak() float64 {
	largest := 0.0
	for _, rec := range r.sample {
		largest = max(largest, float64(rec.Loss))
	}
	return largest / float64(r.sample[0].Loss)
}

// findSmallRate finds steps that are too small in all layers: the loss does not fall, or the weights move by less than a
// thousandth of their size over the whole run.
func findSmallRate(r *ruleInput) []Finding {
	if f := r.endsEarly(); f != nil {
		return []Finding{*f}
	}
	ratio, t := r.updates(r.sample, func(u float64) bool { return u < slowest })
	if !t.mostly() || ratio == 0 || len(r.sample) < 2 || !r.HasLoss() {
		return nil
	}
	steps := r.sample[len(r.sample)-1].Step - r.sample[0].Step
	if r.hasLearnt() || r.falls() && r.meanUpdate()*float64(steps) > usual {
		return nil
	}
	if len(r.d.Lost) > 0 && r.beganWell() { // steps that were too large have killed units, see slowerSinceLost
		return nil
	}
	f := r.rateFinding(t)
	f.Severity = Warning
	f.Sentence = r.say.Sprintf("The steps are too small: a typical update changes a weight by %s of its size, so that it takes %s steps to move it by 1 %%.",
		words.Human(ratio), words.Human(0.01/ratio))
	switch {
	case r.d.Verdict == Vanishing && r.Optimizer.Adaptive() && !r.rateSetsSteps():
		f.check, f.Remedy = true, r.say.Text("The gradients are so small that the optimiser's epsilon keeps it from scaling them up: mend the gradient first, as a higher rate does not.")
		return []Finding{f}
	case r.d.Verdict == Vanishing && !r.rateSetsSteps():
		f.check, f.Remedy = true, r.say.Text("The steps are small because the gradient vanishes: mend that first, as a higher rate does not.")
		return []Finding{f}
	case r.d.Verdict == Exploding:
		f.check, f.Remedy = true, r.say.Text("The gradient explodes: mend that first, as a higher rate does not.")
		return []Finding{f}
	case r.offScale(&f), r.fewSamples(&f), r.scheduledLow(&f), r.clipped(&f), r.epsilonTooLarge(&f):
		return []Finding{f}
	}
	f.advise(r.say, r.higher(func(factor float64) string {
		return r.say.Sprintf("Raise the learning rate %s times, and look again: updates of a thousandth of the weights are usual.", words.Human(factor))
	}))
	return []Finding{f}
}

// rateFinding is a finding about the steps that a tally counts, without a sentence.
func (r *ruleInput) rateFinding(t tally) Finding {
	first, last := r.told(r.lossAt(true)), r.told(r.lossAt(false))
	return Finding{
		Step: t.first, Confidence: t.confidence(),
		Evidence: r.say.Sprintf("It is so in %s of %s; the loss goes from %.4g to %.4g (medians of the first and the last quarter)%s.",
			words.Percent(t.share()), r.say.Count(t.known, "recorded step"), first, last, r.optimizerNote()),
	}
}

// optimizerNote names the optimiser and says how its learning rate sets a step.
func (r *ruleInput) optimizerNote() string {
	switch {
	case r.Optimizer == nil:
		return ""
	case r.Optimizer.Normalizing():
		return r.say.Sprintf("; with %s the size of a step does not depend on the size of the gradient", r.Optimizer)
	case r.overGradient() > belowEpsilon:
		return r.say.Sprintf("; with %s a step is the learning rate times the gradient over epsilon, which is far larger than the gradient", r.Optimizer)
	case r.Optimizer.Adaptive():
		return r.say.Sprintf("; with %s a step of a weight is about the learning rate, whatever its gradient", r.Optimizer)
	}
	return r.say.Sprintf("; with %s a step is the learning rate times the gradient", r.Optimizer)
}

// update is the typical update ratio of the hidden layers' weights in a record, without those that are frozen; NaN if no update was made.
func (r *ruleInput) update(rec profile.Record) float64 {
	return typical(r.trained, func(l int) float64 { return rec.UpdateRatio(r.weights[l]) })
}

// updates is the median of update over records, and the tally of records in which it is beyond a bound.
func (r *ruleInput) updates(records []profile.Record, beyond func(float64) bool) (float64, tally) {
	return median(records, r.update), countIn(records, func(rec profile.Record) (bool, bool) {
		u := r.update(rec)
		return beyond(u), !math.IsNaN(u)
	})
}

// largestUpdate is the maximum of update over the records.
func (r *ruleInput) largestUpdate() float64 {
	largest := 0.0
	for _, rec := range r.sample {
		if u := r.update(rec); u > largest {
			largest = u
		}
	}
	return largest
}

// meanUpdate is the mean of update over the records.
func (r *ruleInput) meanUpdate() float64 {
	sum, n := 0.0, 0
	for _, rec := range r.sample {
		if u := r.update(rec); !math.IsNaN(u) {
			sum, n = sum+u, n+1
		}
	}
	return sum / float64(n)
}

// rateCode is the line of code that divides the optimiser's learning rate by a factor, or without one the rate of the last record;
// empty if the rate is unknown. A schedule changes the optimiser's rate in proportion.
func rateCode(p profile.Profile, factor float64) string {
	if p.Optimizer == nil {
		return ""
	}
	rate := float64(p.Optimizer.LearningRate)
	if n := len(p.Records); rate == 0 && n > 0 {
		rate = float64(p.Records[n-1].LearningRate)
	}
	if rate == 0 || !stat.Finite(rate) {
		return ""
	}
	return fmt.Sprintf("LearningRate: %g", roundTo1(rate/factor))
}

// roundTo1 rounds to one significant digit.
func roundTo1(v float64) float64 {
	if v <= 0 || !stat.Finite(v) {
		return v
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 0, 64), 64)
	return rounded
}
