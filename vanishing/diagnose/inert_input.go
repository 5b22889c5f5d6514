package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Inputs far from 1 may saturate the layer that reads them and no other. The gradient falls in that one step, with no depth to blame. A
// network often learns as well from what such a layer computes, at the ends of its activation, as from a layer that learns.

// inertInput reports whether the gradient falls in the layer that reads the inputs alone, which is saturated, in a network that learns and
// whose weights there move like the others.
func (d *Diagnosis) inertInput(p profile.Profile) bool {
	if len(d.Lost) > 0 || len(d.levels) < 2 || !d.sparesEarly || !d.belowGuessing(p) || !isSaturatedLayer(p, d.levels[0]) {
		return false
	}
	first := d.levels[0]
	if p.Layers[first].Depth != 1 || len(p.Level(d.Fitted, first)) > 1 || d.log(p, first, d.deltaOf)-d.log(p, d.levels[1], d.deltaOf) > -weak {
		return false
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, l := range d.levels[1:] {
		size := d.log(p, l, d.deltaOf)
		least, most = min(least, size), max(most, size)
	}
	return most-least < weak
}

// inertSentence tells of the saturated layer.
func (d *Diagnosis) inertSentence(p profile.Profile) string {
	say, first, next := d.Language, d.levels[0], d.levels[1]
	fall := d.log(p, first, d.deltaOf) - d.log(p, next, d.deltaOf)
	return say.Sprintf("The gradient keeps its size on its way back to %s. Most pre-activations of %s lie where %s is flat: %s. The network learns all the same: its loss has come to %.3g, where guessing gives %.3g.",
		layerName(say, p, next), layerName(say, p, first), p.Layers[first].Activation,
		compareSizes(say, layerName(say, p, first), layerName(say, p, next), fall), d.quarterLoss(p, 0)+d.floor, float64(p.Baseline)+d.floor)
}

// unneeded softens the remedy of a saturated layer without which the network learns.
func (r *ruleInput) unneeded(f *Finding) {
	if r.d.Verdict == Healthy && r.d.inertInput(r.Profile) {
		f.Remedy = r.say.Sentences(f.Remedy, r.say.Text("The network learns without it; it may learn no better with it."))
	}
}
