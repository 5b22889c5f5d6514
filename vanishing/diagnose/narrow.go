package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// All ReLU units of a layer are off for a sample at once with probability 2^-units, and the gradient of a deep and narrow network stops somewhere
// (Lu et al. 2019, "Dying ReLU and initialization"). Of ten networks of 3 to 12 units and 6 or 14 layers, with two seeds each, seven stopped so,
// all of at most 6 units. Layers of four times the width took all seven to 0.36 to 0.57 of the loss of guessing, LeakyReLU six of them to 0.73 to
// 0.97; a lower rate left six at 1, and layer normalisation as many.

// narrowChance is the probability that all units of some layer are off, from which on a dead layer is blamed on the width.
const narrowChance = 0.15

// narrow sets the remedy of dead layers of few units, unless the steps were too large.
func (r *ruleInput) narrow(f *Finding) bool {
	alive, least := 1.0, math.MaxInt
	for _, l := range r.hidden {
		if layer := r.Layers[l]; layer.Activation.Kind == profile.ReLU && layer.Units > 0 {
			alive *= 1 - math.Pow(2, -float64(layer.Units))
			least = min(least, layer.Units)
		}
	}
	if 1-alive < narrowChance || r.d.deadLayer(r.Profile) < 0 || r.hasConvolution() || len(findLargeRate(r)) > 0 {
		return false
	}
	f.advise(r.say,
		option{text: r.say.Sprintf("In a layer of %s with ReLU all are soon off at once, and nothing passes: make the layers wider.", r.say.Count(least, "unit"))},
		option{text: r.say.Text("LeakyReLU lets a gradient through in any case."), code: "Activation: graph.LeakyReLU(0.01)"})
	return true
}
