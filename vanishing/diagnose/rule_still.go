package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// still is the update ratio below which rounding leaves float32 weights unchanged: half a unit in the last place is 6e-8.
const still = 1e-7

// findStill finds layers whose weights do not move while those of other layers do: their updates are lost in rounding, and a
// thousand times smaller than the updates of the others.
func findStill(r *ruleInput) []Finding {
	layers, all := r.unmovedLayers()
	if len(layers) == 0 {
		return nil
	}
	f := Finding{Severity: Warning, Layers: layers, Step: -1}
	least := math.Inf(1)
	for _, l := range layers {
		t := r.unmoved(l)
		least = min(least, r.moves(l))
		if f.Step < 0 || t.first < f.Step {
			f.Step = t.first
		}
		f.Confidence = max(f.Confidence, t.confidence())
	}
	if f.Severity = Critical; r.learns() {
		f.Severity = Warning
	}
	if r.isFrozen(f.Layers) {
		f.Sentence = r.say.Sprintf("The optimiser does not move the weights of %s, though they have a gradient.", layerNames(r.say, r.Profile, f.Layers))
		f.check, f.Remedy = true, r.say.Text("If that is not meant, check whether these parameters were left out of the optimiser.")
		if r.Optimizer != nil && r.Optimizer.Groups > 0 {
			f.Severity, f.Remedy = Note, r.say.Text("If that is not meant, look at the optimiser's groups of parameters.")
		}
		return []Finding{f}
	}
	f.Sentence = r.say.Sprintf("The weights of %s do not train: they stay as they are while others move.", layerNames(r.say, r.Profile, f.Layers))
	f.Evidence = r.say.Sprintf("An update changes them by as little as %s of their size, the others by %s.", words.Human(least), words.Human(all))
	if r.blankInputs(&f) {
		return []Finding{f}
	}
	f.check, f.Remedy = true, r.say.Text("See the other findings for why no gradient arrives. If there are none, check whether the parameters are frozen or left out of the optimiser.")
	return []Finding{f}
}

// unmovedLayers are the layers whose weights do not move, and the typical update of those that do.
func (r *ruleInput) unmovedLayers() (layers []int, others float64) {
	var moving []float64
	for _, l := range r.Path() {
		if u := r.moves(l); u > still {
			moving = append(moving, u)
		}
	}
	others = stat.GeometricMedian(moving)
	if math.IsNaN(others) {
		return nil, others // nothing moves, or no updates were made
	}
	for _, l := range r.Path() {
		if u := r.moves(l); u <= others/1000 && r.unmoved(l).mostly() {
			layers = append(layers, l)
		}
	}
	return layers, others
}

// isFrozen reports whether layers that do not move get gradients like those of the layers that do, and updates like theirs would not be lost
// in rounding: they were left out of the optimiser, or are in a group of parameters with a rate of next to nothing.
func (r *ruleInput) isFrozen(layers []int) bool {
	size := func(l int) float64 {
		if r.weights[l] < 0 {
			return math.NaN()
		}
		return median(r.sample, func(rec profile.Record) float64 { return float64(rec.Params[r.weights[l]].GradRMS) })
	}
	others := slices.DeleteFunc(r.Path(), func(l int) bool { return slices.Contains(layers, l) || !(r.moves(l) > 0) })
	share := typical(layers, size) / typical(others, size) // of the gradient
	step := typical(others, func(l int) float64 { return r.moves(l) * r.weightSize(l) })
	return share > 1e-3 && min(share, 1)*step > 100*still*typical(layers, r.weightSize)
}

// weightSize is the median root mean square of a layer's weight; NaN if it is unknown.
func (r *ruleInput) weightSize(layer int) float64 {
	w := r.weights[layer]
	if w < 0 || r.Params[w].Size == 0 {
		return math.NaN()
	}
	return median(r.detailed, func(rec profile.Record) float64 {
		if len(rec.Details.Params) <= w {
			return math.NaN()
		}
		return float64(rec.Details.Params[w].NormL2) / math.Sqrt(float64(r.Params[w].Size))
	})
}

// unmoved counts the records in which a layer's weight did not move.
func (r *ruleInput) unmoved(layer int) tally {
	return countIn(r.sample, func(rec profile.Record) (bool, bool) {
		moved := rec.UpdateRatio(r.weights[layer])
		if math.IsNaN(moved) {
			return false, false
		}
		return moved < still || rec.Details.Updates[r.weights[layer]].Unchanged > 0.99, true
	})
}
