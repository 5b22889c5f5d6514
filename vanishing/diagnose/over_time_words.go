package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// sentence describes the trend for a reader who knows what a gradient is and no more.
func (t *TimeTrend) sentence(say lang.Language, p profile.Profile) string {
	ends := t.ends(say, p)
	factor := words.Human(math.Pow(10, math.Abs(t.Slope)))
	layer := layerName(say, p, t.First)
	switch {
	case t.stacked:
		return t.stackedSentence(say, p)
	case t.Lost > 0 && t.vanishes():
		return say.Sprintf("Over time the gradient of the recurrent %s is lost on its way back: in the first %s of %d it is exactly zero, so the network learns nothing of what lies so many steps back.",
			layer, say.Count(t.Lost, "step"), t.Steps)
	case t.vanishes():
		return say.Sprintf("Over time the gradient of the recurrent %s shrinks by a factor of %s per step on its way back: %s, so the network hardly learns what lies many steps back.",
			layer, factor, ends)
	case t.explodes():
		return say.Sprintf("Over time the gradient of the recurrent %s grows by a factor of %s per step on its way back: %s, so an update that suits the last steps throws the first ones far off.",
			layer, factor, ends)
	}
	return say.Sprintf("Over the %s of the recurrent %s the gradient keeps its size within the factor of 1000 that is called vanishing or exploding: by a line through all steps, %s.",
		say.Count(t.Steps, "step"), layer, t.compare(say, p, t.Change))
}

// ends compares the gradients of the first and of the last step, as measured.
func (t *TimeTrend) ends(say lang.Language, p profile.Profile) string {
	return t.compare(say, p, stat.Log10(t.Ratio))
}

// compare compares the gradients of the first and of the last step, which differ by so many decades.
func (t *TimeTrend) compare(say lang.Language, p profile.Profile, decades float64) string {
	first, last := t.FirstStep, t.LastStep
	if t.Sequence >= 0 && p.Sequences[t.Sequence].Reverse {
		first, last = t.Steps+1-first, t.Steps+1-last
	}
	if t.stacked {
		return compareSizes(say, say.Sprintf("use %d", first), say.Sprintf("use %d", last), decades)
	}
	return compareSizes(say, say.Sprintf("step %d", first), say.Sprintf("step %d", last), decades)
}

// timeEvidence lists the numbers of the trend over time, with those of its sequence.
func (d *Diagnosis) timeEvidence(p profile.Profile) string {
	text := d.Time.evidence(d.Language)
	if d.holdsByNow(p) {
		text = d.Language.Sentences(text, d.lateEvidence())
	}
	if i := d.Time.Sequence; i >= 0 {
		text = d.Language.Sentences(text, d.Sequences[i].evidence(d.Language, p.Sequences[i]))
	}
	return text
}

// evidence lists the numbers.
func (t *TimeTrend) evidence(say lang.Language) string {
	line := say.Sprintf("A line over %s in time changes by %s decades per step toward the first, %s in all; R² = %.3f.",
		say.Count(t.Steps, "step"), words.Signed(-t.Slope, 3), words.Signed(t.Change, 1), t.R2)
	if t.stacked {
		line = say.Sprintf("A line over %s changes by %s decades per use toward the first, %s in all; R² = %.3f.",
			say.Count(t.Steps, "use"), words.Signed(-t.Slope, 3), words.Signed(t.Change, 1), t.R2)
	}
	if t.HorizonE == 0 || t.stacked {
		return line
	}
	reach := say.Sprintf("The gradient has fallen to 1/e %s back from the last step.", say.Count(t.HorizonE, "step"))
	if t.Horizon1000 > 0 {
		reach = say.Sprintf("The gradient has fallen to 1/e %s back from the last step, and to 1/1000 %s back.", say.Count(t.HorizonE, "step"), say.Count(t.Horizon1000, "step"))
	}
	return say.Sentences(line, reach)
}
