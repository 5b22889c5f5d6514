package diagnose

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A TimeTrend is the change of the gradient over the steps of the recurrent layers at one depth: a line through log10 of each
// step's DeltaRMS over the steps. The gates of a cell are points at the same step.
//
// With a loss at each step, every step receives a gradient directly, and the trend stays level. Only a loss on the last steps
// alone shows how much gradient reaches early steps.
type TimeTrend struct {
	Layers      []int   // the steps of all layers at the depth, in order; or the layer of a sequence that is one layer for all steps
	Sequence    int     // index in Profile.Sequences of such a sequence; -1 if each step is a layer
	Steps       int     // number of steps
	First, Last int     // the layers of the first and the last step with a gradient: indices into Profile.Layers
	FirstStep   int     // these steps, from 1
	LastStep    int     // the last one is where the gradient arrives first: in a sequence that runs in reverse, that with the lower number
	Lost        int     // steps at the beginning whose gradient is exactly zero
	Slope       float64 // in decades per step, toward the last step: positive if the gradient shrinks on its way back
	R2          float64 // share of the variance that the line explains, from 0 to 1
	Change      float64 // decades that the line gains from the last step to the first
	Ratio       float64 // measured DeltaRMS of First over that of Last

	// HorizonE and Horizon1000 are the memory horizon: the number of steps back from the last one at which the gradient has fallen to 1/e
	// and to 1/1000 of that at the last step; 0 if it does not fall so far.
	HorizonE, Horizon1000 int

	stacked bool // whether the steps are depth, see [profile.Layer].Stacked

	last  float64 // gradient at the last step
	below float64 // decades by which it is below that of the recurrent layer where it is largest
}

// A timePoint is the gradient at one step.
type timePoint struct {
	step  int // from 1, in the order in which the sequence runs
	layer int
	rms   float64
}

// trendOverTime is the trend of the recurrent layers whose gradient changes most, of those that no other one comes before and of those whose
// gradient explodes; nil without recurrent layers of two steps. A layer above others may lose the gradient of early steps, which still reaches the
// layers below it: their gradient has come through all layers above them, by the steps of each.
func trendOverTime(p profile.Profile, trends []*TimeTrend) (worst *TimeTrend) {
	least, largest := math.MaxInt, 0.0
	for _, t := range trends {
		least, largest = min(least, p.Layers[t.First].Depth), max(largest, t.last)
	}
	for _, t := range trends {
		t.below = math.Log10(largest / t.last)
	}
	for _, t := range trends {
		if first := p.Layers[t.First]; (first.Depth == least || first.FirstRecurrent || t.explodes()) && (worst == nil || t.severity() > worst.severity()) {
			worst = t
		}
	}
	return worst
}

// timeTrends are the trends of all recurrent layers: of those whose steps are layers, by the gradient of each layer, and of sequences.
func timeTrends(p profile.Profile, delta []float64, sequences []*TimeTrend) (list []*TimeTrend) {
	path := p.Path()
	for len(path) > 0 {
		side := p.Level(path, path[0])
		path = path[len(side):]
		if t := newTimeTrend(stepsOf(p, delta, side)); t != nil {
			t.stacked = p.Layers[t.First].Stacked
			list = append(list, t)
		}
	}
	for _, t := range sequences {
		if t != nil {
			list = append(list, t)
		}
	}
	return list
}

// stepsOf are the points of the recurrent layers among layers at one depth, in the order of their steps.
func stepsOf(p profile.Profile, delta []float64, side []int) (points []timePoint) {
	for _, l := range side {
		if layer := p.Layers[l]; layer.Recurrent && layer.Step > 0 {
			points = append(points, timePoint{layer.Step, l, delta[l]})
		}
	}
	slices.SortStableFunc(points, func(a, b timePoint) int { return cmp.Compare(a.step, b.step) })
	return points
}

// sequencePoints are the points of a sequence: geometric medians over those of the records that have details. They are NaN at steps that no sample
// has; there are no points without records.
func sequencePoints(p profile.Profile, records []profile.Record, i int) (points []timePoint) {
	s, known := p.Sequences[i], false
	for k := range s.At {
		var values []float64
		for _, r := range records {
			if v := sequenceAt(r, i, k); !math.IsNaN(v) {
				values = append(values, v)
			}
		}
		known = known || len(values) > 0
		points = append(points, timePoint{s.Steps - s.Lag(k), s.Layer, stat.GeometricMedian(values)})
	}
	if !known {
		return nil
	}
	if s.Reverse {
		slices.Reverse(points)
	}
	return points
}

// sequenceAt is the gradient of a sequence at a recorded step; NaN if the record does not have it.
func sequenceAt(r profile.Record, sequence, at int) float64 {
	if r.Details == nil || sequence >= len(r.Details.Sequences) {
		return math.NaN()
	}
	return float64(r.Details.Sequences[sequence].DeltaRMS[at])
}

// severity orders trends: a lost gradient is the worst.
func (t *TimeTrend) severity() float64 {
	if t.Lost > 0 {
		return math.Inf(1)
	}
	return math.Abs(t.Change)
}

// newTimeTrend is the trend through points in the order of their steps; nil if they have no gradient or fewer than two steps.
func newTimeTrend(points []timePoint) *TimeTrend {
	points = slices.DeleteFunc(slices.Clone(points), func(p timePoint) bool { return math.IsNaN(p.rms) })
	t := &TimeTrend{Sequence: -1}
	var steps, logs []float64
	lost := 0 // points since the last live step that are zero, before any was live
	seen := 0
	for i := 0; i < len(points); {
		step, before := points[i].step, len(logs)
		for ; i < len(points) && points[i].step == step; i++ {
			t.Layers, t.Steps = append(t.Layers, points[i].layer), step
			if points[i].rms > 0 {
				steps, logs = append(steps, float64(step)), append(logs, stat.Log10(points[i].rms))
				t.Last, t.LastStep = points[i].layer, step
			}
		}
		switch live := len(logs) > before; {
		case live && seen == 0:
			t.First, t.FirstStep, seen = t.Last, step, 1
		case live:
			seen++
		case seen == 0:
			lost++
		}
	}
	t.Lost = lost
	if seen+t.Lost < 2 || seen == 0 {
		return nil
	}
	fit := fitLine(steps, logs)
	t.Slope, t.R2 = fit.slope, fit.r2 // NaN if only one step has a gradient
	t.Change = -t.Slope * (steps[len(steps)-1] - steps[0])
	first, last := rmsAt(points, t.FirstStep), rmsAt(points, t.LastStep)
	t.Ratio, t.last = first/last, last
	t.HorizonE, t.Horizon1000 = horizon(points, t.LastStep, last/math.E), horizon(points, t.LastStep, last/1000)
	return t
}

// rmsAt is the gradient of the last point at a step that has one.
func rmsAt(points []timePoint, step int) (rms float64) {
	for _, p := range points {
		if p.step == step && p.rms > 0 {
			rms = p.rms
		}
	}
	return rms
}

// horizon is the number of steps from the last one back to the first at which the gradient is at most so large; 0 if there is none.
func horizon(points []timePoint, last int, size float64) int {
	for _, p := range slices.Backward(points) {
		if p.step < last && p.rms <= size {
			return last - p.step
		}
	}
	return 0
}

// changeIn is the change of the gradient from the last step to the first in one record; NaN if the record does not have it.
func (t *TimeTrend) changeIn(p profile.Profile, r profile.Record) float64 {
	if t.Sequence < 0 {
		return changeOf(r, t.Last, t.First)
	}
	s := p.Sequences[t.Sequence]
	size := func(step int) float64 {
		if s.Reverse {
			step = s.Steps + 1 - step
		}
		k, _ := slices.BinarySearch(s.At, step)
		return sequenceAt(r, t.Sequence, k)
	}
	return stat.Log10(size(t.FirstStep)) - stat.Log10(size(t.LastStep))
}

func (t *TimeTrend) vanishes() bool {
	return t != nil && (t.Change <= -Threshold || t.Lost > 0 && !(t.Change > 0))
}

func (t *TimeTrend) explodes() bool { return t != nil && t.Lost == 0 && t.growth() >= Threshold }

// growth is Change, if positive less below: the last step of a first layer is far from the loss, which its earlier steps reach by many
// ways through the layers above. Only what they get beyond those layers is growth over time.
func (t *TimeTrend) growth() float64 {
	if t.Change > 0 {
		return max(0, t.Change-t.below)
	}
	return t.Change
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
	t := r.d.Time
	persists := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		change := t.changeIn(r.Profile, rec)
		return change*t.Change > 0 && (math.Abs(change) >= decades || t.Lost > 0), !math.IsNaN(change)
	})
	f := Finding{
		Severity: Critical, Layers: t.Layers[:max(1, len(t.Layers)/3)], Step: persists.first, Confidence: persists.confidence(),
		Sentence: r.d.overTimeSentence(r.Profile), Evidence: r.d.timeEvidence(r.Profile),
	}
	if r.learns() && !r.hopeless() { // what lies many steps back may not matter
		f.Severity = Warning
	}
	r.carry(&f)
	return f
}
