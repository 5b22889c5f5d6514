package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// At a break a few layers make the gradient vanish or explode, while the line over the depth stays below Threshold. One of
// these holds:
//
//   - The gradients of the first and the last layer differ by a factor of 1000.
//   - They differ by a factor of 100, most of it from one layer to the next.
//   - The gradient changes by a factor of 1000 from one layer to the next, whatever the other layers do.
//
// Networks of residual blocks have no breaks. There the layers of a branch receive only its share of the gradient, which may be
// small, so changes from layer to layer say nothing.

// steep is the change in decades that is a break if most of it happens from one layer to the next.
const steep = 2

// A breakpoint is a change of the gradient within a few neighbouring depths.
type breakpoint struct {
	low, high   int     // the first layers of the depths at its ends
	first, last int     // the layers between which change was measured
	change      float64 // in decades: below 0 if the gradient shrinks toward the input
}

// breakpoint is the break; nil if there is none.
func (d *Diagnosis) breakpoint(p profile.Profile) *breakpoint {
	if math.Abs(d.Change) >= Threshold || len(d.Lost) > 0 || len(d.levels) < 2 || p.HasSkips() || d.inertInput(p) {
		return nil
	}
	measured := d.measured(p)
	low, high := d.narrowest(func(l int) float64 { return d.log(p, l, d.deltaOf) })
	isStep := slices.Index(d.levels, high) == slices.Index(d.levels, low)+1
	if math.Abs(measured) >= Threshold || math.Abs(measured) >= steep && isStep && len(d.levels) > 2 {
		first, last := d.ends()
		return &breakpoint{low, high, first, last, measured}
	}
	if step := d.largestStep(p); math.Abs(step.change) >= Threshold {
		return &step
	}
	return nil
}

// largestStep is the largest change from one depth to the next.
func (d *Diagnosis) largestStep(p profile.Profile) (largest breakpoint) {
	for i := range len(d.levels) - 1 {
		low, high := d.levels[i], d.levels[i+1]
		if change := d.log(p, low, d.deltaOf) - d.log(p, high, d.deltaOf); math.Abs(change) > math.Abs(largest.change) {
			largest = breakpoint{low, high, low, high, change}
		}
	}
	return largest
}

// deltaOf is the typical DeltaRMS of a layer.
func (d *Diagnosis) deltaOf(layer int) float64 { return d.DeltaRMS[layer] }

// breakSentence describes the break.
func (d *Diagnosis) breakSentence(p profile.Profile) string {
	say, b := d.Language, d.breakpoint(p)
	if joint := d.joint(p); joint != nil {
		return d.jointSentence(p, joint)
	}
	compared := compareSizes(say, layerName(say, p, b.first), layerName(say, p, b.last), b.change)
	from, to, factor := p.Layers[b.low].Depth, p.Layers[b.high].Depth, words.Human(math.Pow(10, math.Abs(b.change)))
	switch alike := d.movesAlike(p); {
	case alike && b.change < 0:
		return say.Sentences(say.Sprintf("The gradient shrinks %s-fold on its way back, most of it between layers %d and %d: %s.", factor, from, to, compared), d.alikeSentence())
	case alike:
		return say.Sentences(say.Sprintf("The gradient grows %s-fold on its way back, most of it between layers %d and %d: %s.", factor, from, to, compared), d.alikeSentence())
	case b.change < 0:
		return say.Sprintf("The gradient shrinks %s-fold on its way back, most of it between layers %d and %d: %s, so the layers before layer %d hardly learn.",
			factor, from, to, compared, to)
	}
	return say.Sprintf("The gradient grows %s-fold on its way back, most of it between layers %d and %d: %s, so an update that suits the late layers throws those before layer %d far off.",
		factor, from, to, compared, to)
}

// breakFinding is the finding of a break.
func (r *ruleInput) breakFinding() Finding {
	d, p := r.d, r.Profile
	b := d.breakpoint(p)
	t := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		change := changeOf(rec, b.high, b.low)
		return change*b.change > 0 && math.Abs(change) >= steep, !math.IsNaN(change)
	})
	f := Finding{Severity: Critical, Step: t.first, Confidence: t.confidence(), Sentence: d.breakSentence(p)}
	low, high := p.Layers[b.low].Depth, p.Layers[b.high].Depth
	for _, l := range d.Fitted {
		if low <= p.Layers[l].Depth && p.Layers[l].Depth <= high {
			f.Layers = append(f.Layers, l)
		}
	}
	f.Evidence = r.say.Sprintf("Measured change between the ends: %s decades; by the fitted line: %s.", words.Signed(d.measured(p), 1), words.Signed(d.fittedChange(p), 1))
	text, spared := r.consequence()
	if text != "" {
		f.Evidence = r.say.Sentences(f.Evidence, text)
	}
	if !r.hopeless() && (r.hasLearnt() || spared && !d.isStuck(p)) {
		f.Severity = Warning
	}
	if r.otherLoss(&f) || r.bestTrial(&f) || r.farBiases(&f) {
		return f
	}
	size := r.inputSize()
	usualInputs := b.low > r.hidden[0] || tinyInputs <= size && size <= hugeInputs
	if usualInputs && r.drawnAlike(f.Layers) {
		f.Remedy, f.Code = suggestion(p, d)
		return f
	}
	f.Remedy = r.say.Sprintf("Give layers %d to %d the initialisation of the others; if layer 1 is one of them, normalise the inputs to mean 0 and deviation 1.", low, high)
	f.Code = normalizeCode
	if usualInputs {
		f.Code = "Init: " + familyFor(p.Layers[b.low].Activation).code
	}
	return f
}

// drawnAlike reports whether layers are drawn as others are: each by the initialiser of some other layers, and within a factor of two of the typical
// size that the weights of a unit have in those, before any update.
func (r *ruleInput) drawnAlike(layers []int) bool {
	if len(r.sample) == 0 || r.sample[0].Step > 0 {
		return false
	}
	size := func(l int) float64 { return unitNorm(r.Profile, r.sample[0], r.weights, l) }
	for _, l := range layers {
		like := slices.DeleteFunc(slices.Clone(r.hidden), func(o int) bool {
			mine, others := r.Layers[l].Init, r.Layers[o].Init
			return slices.Contains(layers, o) || mine == nil || others == nil || *others != *mine
		})
		if ratio := size(l) / typical(like, size); !(0.5 <= ratio && ratio <= 2) {
			return false
		}
	}
	return true
}

// unitNorm is the typical norm of the weights of one unit of a layer, which is about 1 if they keep the size of the signal; NaN if it is unknown.
func unitNorm(p profile.Profile, rec profile.Record, weights []int, layer int) float64 {
	w, units := weights[layer], p.Layers[layer].Units
	if w < 0 || units == 0 || rec.Details == nil || len(rec.Details.Params) <= w {
		return math.NaN()
	}
	return float64(rec.Details.Params[w].NormL2) / math.Sqrt(float64(units))
}
