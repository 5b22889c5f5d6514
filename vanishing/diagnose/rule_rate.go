package diagnose

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The share of their own size by which weights should move in a step. Around 1e-3 is usual; what lies beyond these bounds is
// called too large or too small, if the loss agrees.
const (
	fastest = 0.1
	slowest = 1e-5
	usual   = 1e-3
)

// mostRaised is the largest factor that a learning rate is advised to be raised by at once: what is far too small for the weights
// as they are may be too large for what they become.
const mostRaised = 10

// thrown is how many times the first loss a later one has to be for steps to have thrown it there: the losses of batches differ
// by less.
const thrown = 3

// findLargeRate finds steps so large that the loss is no better for them: in most of the first quarter of the run or of all of
// it, or a single one that is as large as the weights. Steps that throw weights far off soon become small against them.
func findLargeRate(r *ruleInput) []Finding {
	if len(r.sample) < 2 || !r.HasLoss() { // nobody can tell whether it falls
		return nil
	}
	ratio, t := r.updates(r.quarter(true), func(u float64) bool { return u > fastest })
	if !t.mostly() {
		ratio, t = r.updates(r.sample, func(u float64) bool { return u > fastest })
	}
	f := r.rateFinding(t)
	if !t.mostly() { // one step as large as the weights is enough
		_, t = r.updates(r.sample, func(u float64) bool { return u > 1 })
		ratio, f = r.largestUpdate(), r.rateFinding(t)
		f.Confidence = 1 - math.Pow(1-t.share(), float64(t.known)) // that a resample holds one of them
	}
	if t.holds == 0 || r.recovers() {
		return nil
	}
	f.Severity = Warning
	if r.lossAt(false) > float64(r.sample[0].Loss) {
		f.Severity = Critical
	}
	f.Sentence = r.say.Sprintf("The steps are too large: a typical update changes a weight by %s of its size, and the loss does not fall.", words.Human(ratio))
	if ratio > 1 {
		f.Sentence = r.say.Sprintf("The steps are too large: updates change weights by up to %s times their size, and the loss does not fall.", words.Human(ratio))
	}
	if peak := r.peak(); peak > thrown && r.lossAt(false) < float64(r.sample[0].Loss) {
		f.Sentence = r.say.Sprintf("The steps are too large: they threw the loss to %s times what it was at first, and it has hardly come back below that.", words.Human(peak))
	}
	f.Remedy = r.say.Sprintf("Lower the learning rate about %s times, so that updates come to a thousandth of the weights.", words.Human(roundTo1(ratio/usual)))
	f.Code = rateCode(r.Profile, ratio/usual)
	return []Finding{f}
}

// recovers tells whether the loss ends below the first one. If a step has thrown the loss far above the first one, it must end
// below half of it: such a network often learns to guess and no more, and guessing costs less than an untrained network does.
func (r *ruleInput) recovers() bool {
	below := 0.99
	if r.peak() > thrown {
		below = 0.5
	}
	return r.lossAt(false) < below*float64(r.sample[0].Loss)
}

// peak is the largest loss over the first one.
func (r *ruleInput) peak() float64 {
	largest := 0.0
	for _, rec := range r.sample {
		largest = max(largest, float64(rec.Loss))
	}
	return largest / float64(r.sample[0].Loss)
}

// findSmallRate finds steps so small, in all layers, that nothing moves: over the whole run less than a thousandth of the
// weights' size, or the loss does not fall.
func findSmallRate(r *ruleInput) []Finding {
	ratio, t := r.updates(r.sample, func(u float64) bool { return u < slowest })
	if !t.mostly() || ratio == 0 || len(r.sample) < 2 || !r.HasLoss() {
		return nil
	}
	steps := r.sample[len(r.sample)-1].Step - r.sample[0].Step
	if r.hasLearnt() || r.falls() && r.meanUpdate()*float64(steps) > usual {
		return nil
	}
	f := r.rateFinding(t)
	f.Severity = Warning
	f.Sentence = r.say.Sprintf("The steps are too small: a typical update changes a weight by %s of its size, so that it takes %s steps to move it by 1 %%.",
		words.Human(ratio), words.Human(0.01/ratio))
	if r.Optimizer.Adaptive() && r.d.Verdict == Vanishing {
		f.Remedy = r.say.Text("The gradients are so small that the optimiser's epsilon keeps it from making up for it: mend the gradient first, the rate will not.")
		return []Finding{f}
	}
	factor := min(mostRaised, usual/ratio)
	f.Remedy = r.say.Sprintf("Raise the learning rate %s times, and look again: updates of a thousandth of the weights are usual.", words.Human(roundTo1(factor)))
	f.Code = rateCode(r.Profile, 1/factor)
	return []Finding{f}
}

func (r *ruleInput) rateFinding(t tally) Finding {
	first, last := r.lossAt(true), r.lossAt(false)
	return Finding{
		Step: t.first, Confidence: t.confidence(),
		Evidence: r.say.Sprintf("So in %s of %s; the loss goes from %.4g to %.4g (medians of the first and the last quarter)%s.",
			words.Percent(t.share()), r.say.Count(t.known, "recorded step"), first, last, r.optimizerNote()),
	}
}

// optimizerNote names the optimiser, and says what its rate means.
func (r *ruleInput) optimizerNote() string {
	switch {
	case r.Optimizer == nil:
		return ""
	case r.Optimizer.Adaptive():
		return r.say.Sprintf("; with %s a step of a weight is about the learning rate, whatever its gradient", r.Optimizer)
	}
	return r.say.Sprintf("; with %s a step is the learning rate times the gradient", r.Optimizer)
}

// update is the typical update ratio of the hidden layers' weights in a record; NaN if no update was made.
func (r *ruleInput) update(rec profile.Record) float64 {
	return typical(r.hidden, func(l int) float64 { return rec.UpdateRatio(r.weights[l]) })
}

// updates is its median over records, and in how many of them it is beyond a bound.
func (r *ruleInput) updates(records []profile.Record, beyond func(float64) bool) (float64, tally) {
	return median(records, r.update), countIn(records, func(rec profile.Record) (bool, bool) {
		u := r.update(rec)
		return beyond(u), !math.IsNaN(u)
	})
}

// largestUpdate is the largest of the typical updates of a record.
func (r *ruleInput) largestUpdate() float64 {
	largest := 0.0
	for _, rec := range r.sample {
		if u := r.update(rec); u > largest {
			largest = u
		}
	}
	return largest
}

// meanUpdate is its mean over the records.
func (r *ruleInput) meanUpdate() float64 {
	sum, n := 0.0, 0
	for _, rec := range r.sample {
		if u := r.update(rec); !math.IsNaN(u) {
			sum, n = sum+u, n+1
		}
	}
	return sum / float64(n)
}

// falls tells whether the loss of the last quarter of the records is at least 1 % below that of the first.
func (r *ruleInput) falls() bool { return r.lossAt(false) < 0.99*r.lossAt(true) }

// hasLearnt tells whether the loss ends below half of that of guessing; false if guessing is not known.
func (r *ruleInput) hasLearnt() bool { return r.lossAt(false) < 0.5*float64(r.Baseline) }

// learns tells whether it has learnt, or where guessing is not known, whether the loss ends below half of the first one.
func (r *ruleInput) learns() bool {
	if r.Baseline > 0 {
		return r.hasLearnt()
	}
	return len(r.sample) > 1 && r.lossAt(false) < 0.5*float64(r.sample[0].Loss)
}

// lossAt is the median loss of the first or the last quarter of the records.
func (r *ruleInput) lossAt(beginning bool) float64 {
	return median(r.quarter(beginning), func(rec profile.Record) float64 { return float64(rec.Loss) })
}

// quarter are the first or the last quarter of the records, at least one.
func (r *ruleInput) quarter(beginning bool) []profile.Record {
	n := min(max(len(r.sample)/4, 1), len(r.sample))
	if beginning {
		return r.sample[:n]
	}
	return r.sample[len(r.sample)-n:]
}

// rateCode is the line of code that divides the learning rate of the last record by a factor, and leaves all else of the optimiser.
func rateCode(p profile.Profile, factor float64) string {
	if p.Optimizer == nil {
		return ""
	}
	rate := 0.0
	if n := len(p.Records); n > 0 {
		rate = float64(p.Records[n-1].LearningRate)
	}
	if rate == 0 || !stat.Finite(rate) {
		rate = float64(p.Optimizer.LearningRate)
	}
	if rate == 0 {
		return ""
	}
	return fmt.Sprintf("LearningRate: %g", roundTo1(rate/factor))
}

// roundTo1 rounds to one digit.
func roundTo1(v float64) float64 {
	if v <= 0 || !stat.Finite(v) {
		return v
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 0, 64), 64)
	return rounded
}
