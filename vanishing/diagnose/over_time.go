package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A TimeTrend is the change of the gradient over the steps of the recurrent layers at one depth: a line through log10 of each
// step's DeltaRMS over the steps. The gates of a cell are points at the same step.
//
// With a loss at each step, every step receives a gradient directly, and the trend stays level. Only a loss on the last steps
// alone shows how much gradient reaches early steps.
type TimeTrend struct {
	Layers      []int   // the steps of all layers at the depth, in order
	Steps       int     // number of steps
	First, Last int     // the first and the last step with a gradient: indices into Profile.Layers
	Lost        int     // steps at the beginning whose gradient is exactly zero
	Slope       float64 // in decades per step, toward the last step: positive if the gradient shrinks on its way back
	R2          float64 // share of the variance that the line explains, from 0 to 1
	Change      float64 // decades that the line gains from the last step to the first
	Ratio       float64 // measured DeltaRMS of First over that of Last
}

// worstOverTime is the trend of the recurrent layers whose gradient changes most; nil without recurrent layers of two steps.
func (d *Diagnosis) worstOverTime(p profile.Profile) (worst *TimeTrend) {
	path := p.Path()
	for len(path) > 0 {
		side := p.Level(path, path[0])
		path = path[len(side):]
		t := d.overTime(p, side)
		if t != nil && (worst == nil || t.severity() > worst.severity()) {
			worst = t
		}
	}
	return worst
}

// severity orders trends: a lost gradient is the worst.
func (t *TimeTrend) severity() float64 {
	if t.Lost > 0 {
		return math.Inf(1)
	}
	return math.Abs(t.Change)
}

// overTime is the trend of the recurrent layers among layers at one depth; nil if they have no gradient or fewer than two steps.
func (d *Diagnosis) overTime(p profile.Profile, side []int) *TimeTrend {
	t := &TimeTrend{}
	bySteps := make(map[int][]int)
	for _, l := range side {
		if step := p.Layers[l].Step; p.Layers[l].Recurrent {
			bySteps[step] = append(bySteps[step], l)
			t.Steps = max(t.Steps, step)
		}
	}
	var steps, logs []float64
	live := 0 // steps with a gradient
	for step := 1; step <= t.Steps; step++ {
		before := len(logs)
		for _, l := range bySteps[step] {
			t.Layers = append(t.Layers, l)
			if d.DeltaRMS[l] > 0 {
				steps, logs = append(steps, float64(step)), append(logs, stat.Log10(d.DeltaRMS[l]))
				t.Last = l
			}
		}
		switch {
		case len(logs) > before && live == 0:
			t.First, live = t.Last, 1
		case len(logs) > before:
			live++
		case len(bySteps[step]) > 0 && live == 0:
			t.Lost++
		}
	}
	if live+t.Lost < 2 || live == 0 {
		return nil
	}
	fit := fitLine(steps, logs)
	t.Slope, t.R2 = fit.slope, fit.r2 // NaN if only one step has a gradient
	t.Change = -t.Slope * (steps[len(steps)-1] - steps[0])
	t.Ratio = d.DeltaRMS[t.First] / d.DeltaRMS[t.Last]
	return t
}

func (t *TimeTrend) vanishes() bool {
	return t != nil && (t.Change <= -Threshold || t.Lost > 0 && !(t.Change > 0))
}

func (t *TimeTrend) explodes() bool { return t != nil && t.Lost == 0 && t.Change >= Threshold }

// sentence describes the trend for a reader who knows what a gradient is and no more.
func (t *TimeTrend) sentence(say lang.Language, p profile.Profile) string {
	ends := t.ends(say, p)
	factor := words.Human(math.Pow(10, math.Abs(t.Slope)))
	layer := layerName(say, p, t.First)
	switch {
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
	first, last := p.Layers[t.First], p.Layers[t.Last]
	return compareSizes(say, say.Sprintf("step %d", first.Step), say.Sprintf("step %d", last.Step), decades)
}

// evidence lists the numbers.
func (t *TimeTrend) evidence(say lang.Language) string {
	return say.Sprintf("A line over %s in time changes by %s decades per step toward the first, %s in all; R² = %.3f.",
		say.Count(t.Steps, "step"), words.Signed(-t.Slope, 3), words.Signed(t.Change, 1), t.R2)
}

// overTime is the finding of a gradient that vanishes or explodes over the steps; found reports whether it does.
func (r *ruleInput) overTime(found bool) []Finding {
	if !found {
		return nil
	}
	return []Finding{r.timeFinding(Threshold)}
}

// timeFinding is the finding of a gradient that changes over the steps by at least so many decades.
func (r *ruleInput) timeFinding(decades float64) Finding {
	t, say := r.d.Time, r.d.Language
	persists := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		change := changeOf(rec, t.Last, t.First)
		return change*t.Change > 0 && (math.Abs(change) >= decades || t.Lost > 0), !math.IsNaN(change)
	})
	f := Finding{
		Severity: Critical, Layers: t.Layers[:max(1, len(t.Layers)/3)], Step: persists.first, Confidence: persists.confidence(),
		Sentence: t.sentence(say, r.Profile), Evidence: t.evidence(say),
	}
	if r.learns() { // what lies many steps back may not matter
		f.Severity = Warning
	}
	f.Remedy = say.Text("Gates, as in an LSTM or a GRU, carry the gradient over many steps.")
	if t.Lost == 0 && t.Change > 0 {
		f.Remedy = say.Text("Draw the recurrent weight orthogonal, so that it keeps the gradient's size at the start, and clip the gradient.")
	}
	return f
}
