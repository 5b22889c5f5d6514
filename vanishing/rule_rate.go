package vanishing

import (
	"fmt"
	"math"
	"strings"
)

// The share of their own size by which weights should move in a step. Around 1e-3 is usual; what lies beyond these bounds is
// called too large or too small, if the loss agrees.
const (
	fastest = 0.1
	slowest = 1e-5
	usual   = 1e-3
)

// findLargeRate finds steps so large that the loss does not fall.
func findLargeRate(r *reading) []Finding {
	ratio, t := r.updates(func(u float64) bool { return u > fastest })
	if !t.mostly() || r.falls() {
		return nil
	}
	f := r.rateFinding(t)
	f.Severity = Warning
	if worse := r.lossAt(false) > r.lossAt(true); worse {
		f.Severity = Critical
	}
	f.Sentence = fmt.Sprintf("The steps are too large: a typical update changes a weight by %s of its size, and the loss does not fall.", human(ratio))
	f.Remedy = fmt.Sprintf("Lower the learning rate about %s times, so that updates come to a thousandth of the weights.", human(roundTo1(ratio/usual)))
	f.Code = lowerRate(r.Profile, ratio/usual)
	return []Finding{f}
}

// findSmallRate finds steps so small, in all layers, that nothing moves.
func findSmallRate(r *reading) []Finding {
	ratio, t := r.updates(func(u float64) bool { return u < slowest })
	if !t.mostly() || ratio == 0 || r.falls() || len(r.sample) < 2 {
		return nil
	}
	f := r.rateFinding(t)
	f.Severity = Warning
	f.Sentence = fmt.Sprintf("The steps are too small: a typical update changes a weight by %s of its size, so that it takes %s steps to move it by 1 %%.",
		human(ratio), human(0.01/ratio))
	if r.adaptive() && r.d.Verdict == Vanishing {
		f.Remedy = "The gradients are so small that the optimiser's epsilon keeps it from making up for it: mend the gradient first, the rate will not."
		return []Finding{f}
	}
	f.Remedy = fmt.Sprintf("Raise the learning rate about %s times, so that updates come to a thousandth of the weights.", human(roundTo1(usual/ratio)))
	f.Code = lowerRate(r.Profile, ratio/usual)
	return []Finding{f}
}

func (r *reading) rateFinding(t tally) Finding {
	first, last := r.lossAt(true), r.lossAt(false)
	return Finding{
		Step: t.first, Confidence: t.confidence(),
		Evidence: fmt.Sprintf("So in %s of %s; the loss goes from %.4g to %.4g (medians of the first and the last quarter)%s.",
			percent(t.share()), count(t.known, "recorded step"), first, last, r.optimizerNote()),
	}
}

// optimizerNote names the optimiser, and says what its rate means.
func (r *reading) optimizerNote() string {
	switch {
	case r.Optimizer == "":
		return ""
	case r.adaptive():
		return "; with " + r.Optimizer + " a step of a weight is about the learning rate, whatever its gradient"
	}
	return "; with " + r.Optimizer + " a step is the learning rate times the gradient"
}

// updates is the median over the records of the typical update ratio of the hidden layers' weights, and in how many records
// that is beyond a bound.
func (r *reading) updates(beyond func(float64) bool) (float64, tally) {
	at := func(rec Record) float64 {
		return typical(r.hidden, func(l int) float64 {
			if r.weights[l] < 0 {
				return math.NaN()
			}
			return rec.Params[r.weights[l]].UpdateRatio
		})
	}
	return median(r.sample, at), countIn(r.sample, func(rec Record) (bool, bool) {
		u := at(rec)
		return beyond(u), !math.IsNaN(u)
	})
}

// falls tells whether the loss of the last quarter of the records is at least 1 % below that of the first.
func (r *reading) falls() bool { return r.lossAt(false) < 0.99*r.lossAt(true) }

// lossAt is the median loss of the first or the last quarter of the records.
func (r *reading) lossAt(beginning bool) float64 {
	n := max(len(r.sample)/4, 1)
	part := r.sample[:min(n, len(r.sample))]
	if !beginning {
		part = r.sample[max(len(r.sample)-n, 0):]
	}
	return median(part, func(rec Record) float64 { return rec.Loss })
}

// lowerRate is the line of code that divides the learning rate of the last record by a factor.
func lowerRate(p Profile, factor float64) string {
	rate := 0.0
	if n := len(p.Records); n > 0 {
		rate = p.Records[n-1].LearningRate
	}
	if rate == 0 || !finite(rate) {
		if _, text, found := strings.Cut(p.Optimizer, "lr="); found {
			fmt.Sscanf(text, "%g", &rate)
		}
	}
	name, _, _ := strings.Cut(p.Optimizer, "(")
	kind, known := map[string]string{"adam": "Adam", "sgd": "SGD"}[name]
	if rate == 0 || !known {
		return ""
	}
	return fmt.Sprintf("Optimizer: &optim.%s{LearningRate: %g}", kind, roundTo1(rate/factor))
}

// roundTo1 rounds to one digit.
func roundTo1(v float64) float64 {
	if v <= 0 || !finite(v) {
		return v
	}
	var rounded float64
	fmt.Sscanf(fmt.Sprintf("%.0e", v), "%g", &rounded)
	return rounded
}
