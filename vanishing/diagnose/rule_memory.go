package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// steepAngles is the least ratio of the gradients by theta_log and gamma_log that is noted. It grows as the memory, see
// theory.LinearState.Sensitivity: angles of up to 2π reach it from a memory of some 40 steps on. A ratio of more than ten times that
// of white noise is not put down to the memory.
const steepAngles = 100

// findLongMemory finds linear recurrent units whose gradients by the angles of their factors are large because the memory is long, though
// the gradient by the states does not grow over time (Zucchet & Orvieto 2024).
func findLongMemory(r *ruleInput) []Finding {
	var f Finding
	longest := math.Inf(-1)
	for i, s := range r.d.Sequences {
		t := countIn(r.detailed, func(rec profile.Record) (bool, bool) {
			l := linearOf(rec, i)
			return l != nil && l.Theta >= steepAngles && l.Theta <= 10*l.Expected, l != nil
		})
		if s.Trend.explodes() || !t.mostly() {
			continue
		}
		layer, memory := r.Sequences[i].Layer, r.linearMedian(i, func(l *profile.LinearDetail) profile.Number { return l.Memory })
		if f.Layers = append(f.Layers, layer); memory <= longest {
			continue
		}
		longest, f.Step, f.Confidence = memory, t.first, t.confidence()
		theta, expected := r.linearMedian(i, func(l *profile.LinearDetail) profile.Number { return l.Theta }), r.linearMedian(i, func(l *profile.LinearDetail) profile.Number { return l.Expected })
		f.Sentence = r.say.Sprintf("The gradient by theta_log of the linear recurrent %s, the angles of its factors, is %s times that by gamma_log, because the memory is long: up to %s. The states are stable, for no factor is larger than 1, so this is no exploding gradient.",
			layerName(r.say, r.Profile, layer), words.Human(theta), r.say.Count(int(math.Round(memory)), "step"))
		f.Evidence = r.say.Sprintf("If the layer read white noise, theory would expect %s times, which grows in proportion to the memory. By the median of %s.",
			words.Human(expected), r.say.Count(t.known, "recorded step"))
	}
	if f.Layers == nil {
		return nil
	}
	f.Remedy = r.say.Text("Optimisers that divide by the size of each gradient, such as Adam, need no change. With SGD, or with clipping by the norm of all gradients, theta_log decides on the steps of all parameters: give it a lower rate, or its angles a smaller MaxPhase.")
	return []Finding{f}
}

// linearMedian is the median of a number of a linear recurrent unit over the records.
func (r *ruleInput) linearMedian(sequence int, of func(*profile.LinearDetail) profile.Number) float64 {
	return median(r.detailed, func(rec profile.Record) float64 {
		if l := linearOf(rec, sequence); l != nil {
			return float64(of(l))
		}
		return math.NaN()
	})
}

// linearOf is the detail of a linear recurrent unit; nil if a record has none with a finite memory.
func linearOf(r profile.Record, sequence int) *profile.LinearDetail {
	if r.Details == nil || sequence >= len(r.Details.Sequences) {
		return nil
	}
	l := r.Details.Sequences[sequence].Linear
	if l == nil || !(l.Memory < math.MaxInt32) {
		return nil
	}
	return l
}
