package diagnose

import (
	"cmp"
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// findVanishing goes by the verdict's numbers: the fitted line falls by Threshold decades or more toward the input, or the
// gradient is exactly zero at the input end.
func findVanishing(r *ruleInput) []Finding {
	if !r.d.vanishes(r.Profile) {
		return r.overTime(r.d.Time.vanishes())
	}
	f := r.trend(func(change float64) bool { return change <= -Threshold })
	if len(r.d.Lost) > 0 {
		f.Layers = r.d.Lost
		lost := r.lost(r.d.Lost[len(r.d.Lost)-1])
		f.Step, f.Confidence = lost.first, lost.confidence()
	} else {
		f.Layers, _ = r.thirds()
	}
	f.Sentence = r.d.vanishingSentence(r.Profile)
	return append([]Finding{f}, r.overTime(r.d.Time.vanishes())...)
}

// findExploding asks for a line that rises by Threshold decades or more toward the input.
func findExploding(r *ruleInput) []Finding {
	if !(r.d.Change >= Threshold) || len(r.d.Lost) > 0 {
		return r.overTime(r.d.Time.explodes())
	}
	f := r.trend(func(change float64) bool { return change >= Threshold })
	f.Layers, _ = r.thirds()
	f.Sentence = r.d.explodingSentence(r.Profile)
	return append([]Finding{f}, r.overTime(r.d.Time.explodes())...)
}

// lost counts the records in which a layer has no gradient.
func (r *ruleInput) lost(layer int) tally {
	return countIn(r.sample, func(rec profile.Record) (bool, bool) { return rec.Layers[layer].DeltaRMS == 0, true })
}

// trend makes the finding of a line that falls or rises too much: with what it rests on, in how many records it is so, and
// what follows for the updates.
func (r *ruleInput) trend(beyond func(change float64) bool) Finding {
	span := float64(r.Layers[r.d.Last].Depth - r.Layers[r.d.First].Depth)
	persists := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		slope := r.slopeOf(rec)
		return beyond(-slope * span), stat.Finite(slope)
	})
	f := Finding{Severity: Critical, Step: persists.first}
	f.Confidence = r.d.boot.share(func(slope float64) bool { return beyond(-slope * span) })
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
	if spared {
		f.Severity = Warning
	}
	f.Evidence = r.say.Sentences(evidence...)
	f.Remedy, f.Code = cure(r.Profile, r.d)
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

// even is the factor within which early and late layers may move at different rates and still learn together.
const even = 10

// consequence tells how fast the weights of the early layers move against those of the late ones, and whether both move
// alike: an optimiser that divides by the gradient's size spares them what happens to it.
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

// adaptiveNote says what that does to small gradients.
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
		return r.say.Sprintf("The early gradients (RMS %s) are below %s's epsilon of %s, so that it does not make up for their size.",
			words.Human(size), name, words.Human(float64(eps)))
	case spared:
		return r.say.Sprintf("%s divides each gradient by its typical size, so that they move alike while gradients are well above its epsilon of %s.",
			name, words.Human(float64(eps)))
	}
	return ""
}

// findBottleneck finds a network whose trend is level, but in which a few layers cost the gradient Threshold decades
// between the first layer and the last.
func findBottleneck(r *ruleInput) []Finding {
	d, p := r.d, r.Profile
	if d.Verdict != Healthy || len(d.levels) < 2 || math.Abs(d.measured(p)) < Threshold {
		return nil
	}
	sign := d.measured(p)
	t := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		change := d.change(p, func(l int) float64 { return float64(rec.Layers[l].DeltaRMS) })
		return change*sign > 0 && math.Abs(change) >= Threshold, !math.IsNaN(change)
	})
	low, high := d.departure(p)
	f := Finding{Severity: Warning, Step: t.first, Confidence: t.confidence()}
	for _, l := range d.Fitted {
		if p.Layers[low].Depth <= p.Layers[l].Depth && p.Layers[l].Depth <= p.Layers[high].Depth {
			f.Layers = append(f.Layers, l)
		}
	}
	verb, factor := r.say.Text("shrinks"), words.Human(math.Pow(10, math.Abs(sign)))
	if sign > 0 {
		verb = r.say.Text("grows")
	}
	f.Sentence = r.say.Sprintf("The gradient %s %s-fold on its way back, most of it between layers %d and %d and not evenly over the depth: look at these layers.",
		verb, factor, p.Layers[low].Depth, p.Layers[high].Depth)
	f.Evidence = r.say.Sprintf("Between the ends %s decades, by the line %s.", words.Signed(sign, 1), words.Signed(d.fittedChange(p), 1))
	if text, spared := r.consequence(); text != "" {
		f.Evidence = r.say.Sentences(f.Evidence, text)
		if spared {
			f.Severity = Note
		}
	}
	f.Remedy = r.say.Sprintf("Give layers %d to %d the initialisation of the others; if layer 1 is one of them, normalise the inputs to mean 0 and deviation 1.",
		p.Layers[low].Depth, p.Layers[high].Depth)
	f.Code = "moments, err := trainSet.Moments(); err = trainSet.Normalize(moments)"
	if low > r.hidden[0] {
		f.Code = "Init: " + familyFor(p.Layers[low].Activation).code
	}
	return []Finding{f}
}
