package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Biases may begin so far from zero that the units of a layer respond to no sample: a ReLU far below zero, a sigmoid or tanh on either side.
// Then neither inputs of another scale nor smaller weights help, as they hardly count beside the biases.

// farBiases sets the remedy of a layer that hardly responds to any sample before any update, because of its biases.
func (r *ruleInput) farBiases(f *Finding) bool {
	if len(r.sample) == 0 || r.sample[0].Step > 0 || r.sample[0].Details == nil || len(r.sample[0].Details.Params) == 0 {
		return false
	}
	for _, l := range r.hidden {
		if bias := r.farBias(l); !math.IsNaN(bias) {
			f.Remedy = r.farBiasRemedy(l, bias)
			f.Code = "BiasInit: initializer.Constant{}"
			return true
		}
	}
	return false
}

// farBias is the size of the biases of a layer that leave it dead or saturated, with the sign of the pre-activations if they share one; NaN if
// there are none. They are to blame if they make up more than half of the pre-activations: of the mean of dead units, or of the mean square
// of units at either end of their activation. A normalisation takes them away, and the biases of gates in a recurrent layer may be far from zero
// on purpose.
func (r *ruleInput) farBias(layer int) float64 {
	details := r.sample[0].Details
	if layer >= len(details.Layers) {
		return math.NaN()
	}
	z, of := details.Layers[layer], r.Layers[layer]
	mean, std := float64(z.PreMean), float64(z.PreStd)
	saturated := of.Activation.Kind != "" && of.Activation.Kind != profile.ReLU && of.Norm.Kind == "" && !of.Recurrent && float64(z.Saturated) > saturatedLimit
	for i, p := range r.Params {
		if p.Layer != of.Path || p.Role != "bias" || p.Size == 0 {
			continue
		}
		bias := float64(details.Params[i].NormL2) / math.Sqrt(float64(p.Size))
		switch below := z.Dead == 1 && mean < 0 && bias > -mean/2; {
		case !below && !(saturated && 2*bias*bias > mean*mean+std*std):
		case mean < 0 && -mean > std:
			return -bias
		default:
			return bias
		}
	}
	return math.NaN()
}

// farBiasRemedy says where the biases begin.
func (r *ruleInput) farBiasRemedy(layer int, bias float64) string {
	name, z := layerName(r.say, r.Profile, layer), r.sample[0].Details.Layers[layer]
	switch {
	case z.Dead == 1 && bias < 0:
		return r.say.Sprintf("The biases of %s begin at about %.3g, so that no sample makes a unit respond: let them begin at 0.", name, bias)
	case math.Abs(float64(z.PreMean)) > float64(z.PreStd):
		return r.say.Sprintf("The biases of %s begin at about %.3g, where %s is flat: let them begin at 0.", name, bias, r.Layers[layer].Activation)
	}
	return r.say.Sprintf("The biases of %s begin at a size of %s (root mean square), where %s is flat: let them begin at 0.", name, words.Human(bias), r.Layers[layer].Activation)
}
