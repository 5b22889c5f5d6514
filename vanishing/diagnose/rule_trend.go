package diagnose

import (
	"cmp"
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// findVanishing finds a gradient that vanishes over the depth or over time.
func findVanishing(r *ruleInput) []Finding {
	var list []Finding
	switch d := r.d; {
	case d.vanishes(r.Profile):
		f := r.trend(func(change float64) bool { return change <= -Threshold })
		f.Layers, _ = r.thirds()
		if low := d.middle(r.Profile); low != nil {
			f.Layers = low
		}
		if len(d.Lost) > 0 {
			f.Layers = d.Lost
			lost := r.lost(d.Lost[len(d.Lost)-1])
			f.Step, f.Confidence = lost.first, lost.confidence()
		}
		f.Sentence = d.vanishingSentence(r.Profile)
		list = append(list, f)
	case d.Verdict == Vanishing && !d.lostOverTime(r.Profile) && d.starved(r.Profile) != nil:
		list = append(list, r.starvedFinding())
	case d.Verdict == Vanishing && d.breakpoint(r.Profile) != nil:
		list = append(list, r.breakFinding())
	case d.Verdict == Vanishing && !d.lostOverTime(r.Profile):
		list = append(list, r.weakFinding(func(change float64) bool { return change <= -weak }))
	}
	switch {
	case r.d.nearBound(r.Profile):
		return append(list, r.nearBoundFinding())
	case r.d.holdsByNow(r.Profile) && r.d.Time.vanishes():
		return append(list, r.byNowFinding())
	}
	return append(list, r.overTime(r.d.Time.vanishes())...)
}

// findExploding finds a gradient that explodes over the depth or over time.
func findExploding(r *ruleInput) []Finding {
	var list []Finding
	switch d := r.d; {
	case d.Change >= Threshold && len(d.Lost) == 0 && d.starved(r.Profile) == nil:
		f := r.trend(func(change float64) bool { return change >= Threshold })
		f.Layers, _ = r.thirds()
		f.Sentence = d.explodingSentence(r.Profile)
		list = append(list, f)
	case d.Verdict == Exploding && d.breakpoint(r.Profile) != nil:
		list = append(list, r.breakFinding())
	case d.Verdict == Exploding && !d.explodesOverTime(r.Profile):
		list = append(list, r.weakFinding(func(change float64) bool { return change >= weak }))
	}
	if r.d.holdsByNow(r.Profile) && r.d.Time.explodes() {
		return append(list, r.byNowFinding())
	}
	return append(list, r.overTime(r.d.Time.explodes())...)
}

// weakFinding is the finding of a gradient that changes by less than Threshold in a stuck network.
func (r *ruleInput) weakFinding(beyond func(change float64) bool) Finding {
	var f Finding
	if r.d.stuckOverTime(r.Profile) {
		f = r.timeFinding(weak)
	} else {
		f = r.weakTrend(beyond)
		f.Layers, _ = r.thirds()
	}
	f.Severity, f.Sentence = Critical, r.d.weakSentence(r.Profile)
	r.slowSteps(&f)
	return f
}

// hopeless is the ratio of the loss to that of guessing from which on a network does not learn, whatever moves its weights.
const hopeless = 100

// hopeless reports whether the loss ends that far above that of guessing.
func (r *ruleInput) hopeless() bool {
	return r.Baseline > 0 && r.d.Records >= fewest && r.d.quarterLoss(r.Profile, 0) > hopeless*float64(r.Baseline)
}

// weakTrend is the trend of a stuck network, by the ends where the line changes too little.
func (r *ruleInput) weakTrend(beyond func(change float64) bool) Finding {
	if beyond(r.d.Change) {
		return r.trend(beyond)
	}
	return r.trendBy(beyond, func(rec profile.Record) float64 { return changeOf(rec, r.d.Last, r.d.First) })
}

// lost counts the records in which a layer has no gradient.
func (r *ruleInput) lost(layer int) tally {
	return countIn(r.sample, func(rec profile.Record) (bool, bool) { return rec.Layers[layer].DeltaRMS == 0, true })
}

// trend is the finding of a line that falls or rises too much, without a sentence and layers. Its evidence is the slope, the share
// of records that agree, and the consequence for the updates.
func (r *ruleInput) trend(beyond func(change float64) bool) Finding {
	span := float64(r.Layers[r.d.Last].Depth - r.Layers[r.d.First].Depth)
	f := r.trendBy(beyond, func(rec profile.Record) float64 { return -r.slopeOf(rec) * span })
	f.Confidence = r.d.boot.share(func(slope float64) bool { return beyond(-slope * span) })
	return f
}

// trendBy is a trend that the records share whose change is beyond a bound.
func (r *ruleInput) trendBy(beyond func(change float64) bool, changeIn func(profile.Record) float64) Finding {
	persists := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		change := changeIn(rec)
		return beyond(change), stat.Finite(change)
	})
	f := Finding{Severity: Critical, Step: persists.first, Confidence: persists.confidence()}
	evidence := []string{r.say.Sprintf("Slope %s decades per layer toward the input, 95 %% interval %s to %s; in all %s decades; R² = %.2f.",
		words.Signed(-r.d.Slope, 3), words.Signed(-r.d.SlopeHigh, 3), words.Signed(-r.d.SlopeLow, 3), words.Signed(r.d.Change, 1), r.d.R2)}
	if !stat.Finite(r.d.Slope) {
		evidence = nil
	}
	if persists.known > 1 {
		evidence = append(evidence, r.say.Sprintf("It is so in %s of %d recorded steps.", words.Percent(persists.share()), persists.known))
	}
	text, spared := r.consequence()
	if text != "" {
		evidence = append(evidence, text)
	}
	if !r.hopeless() && (r.hasLearnt() || spared && !r.d.isStuck(r.Profile)) {
		f.Severity = Warning
	}
	f.Evidence = r.say.Sentences(evidence...)
	r.cure(&f)
	return f
}

// slopeOf fits the line to one record.
func (r *ruleInput) slopeOf(rec profile.Record) float64 {
	var depths, logs []float64
	for _, l := range r.d.Fitted {
		if delta := float64(rec.Layers[l].DeltaRMS); delta > 0 {
			depths, logs = append(depths, float64(r.Layers[l].Depth)), append(logs, stat.Log10(delta))
		}
	}
	if len(depths) < 2 {
		return math.NaN()
	}
	return fitLine(depths, logs).slope
}

// even is the largest factor between the update ratios of early and late layers with which they still learn together.
const even = 10

// consequence compares the update ratios of early and late layers. spared reports whether they move alike, as with an optimiser
// that divides by the gradient's size.
func (r *ruleInput) consequence() (text string, spared bool) {
	if len(r.hidden) < 2 {
		return "", false
	}
	early, late := r.thirds()
	slow, fast := typical(early, r.moves), typical(late, r.moves)
	if math.IsNaN(slow) || math.IsNaN(fast) {
		return "", false
	}
	spared = slow > 0 && math.Abs(stat.Log10(slow/fast)) < math.Log10(even) && fast > still
	text = r.say.Sprintf("An update moves the weights of the first third of the layers by %s of their size, those of the last third by %s.",
		words.Human(slow), words.Human(fast))
	if r.Optimizer.Adaptive() {
		text = r.say.Sentences(text, r.adaptiveNote(early, spared))
	}
	return text, spared
}

// adaptiveNote says whether an adaptive optimiser compensates for small gradients.
func (r *ruleInput) adaptiveNote(early []int, spared bool) string {
	eps := cmp.Or(r.Optimizer.Epsilon, 1e-8)
	size := typical(early, func(l int) float64 {
		w := r.weights[l]
		if w < 0 {
			return math.NaN()
		}
		return median(r.sample, func(rec profile.Record) float64 { return float64(rec.Params[w].GradRMS) })
	})
	name := r.Optimizer.Kind
	switch {
	case size < float64(eps) && !spared:
		return r.say.Sprintf("The early gradients (RMS %s) are below %s's epsilon of %s, so that it does not scale them up.",
			words.Human(size), name, words.Human(float64(eps)))
	case spared:
		return r.say.Sprintf("%s divides each gradient by its typical size, so that they move alike while gradients are well above its epsilon of %s.",
			name, words.Human(float64(eps)))
	}
	return ""
}
