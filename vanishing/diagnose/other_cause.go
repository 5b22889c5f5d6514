package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A remedy that suits what a finding shows does not help where the cause is another: inputs of another scale, a layer whose weights are
// zero, an initialisation or units that other rules name, gradients that are clipped.

// Bounds of the root mean square of inputs, which is 1 where they are normalised. Inputs beyond them are called of another scale.
const (
	tinyInputs = 0.01
	hugeInputs = 20
)

// inputSize is the root mean square of the inputs. If it was not recorded, it is estimated from the pre-activations z = xW of the layer
// that reads them, before any update: for a random W of n units it is RMS(z)·√n / ‖W‖. NaN if it is unknown.
func (r *ruleInput) inputSize() float64 {
	if r.Theory != nil && r.Theory.Inputs > 0 {
		return float64(r.Theory.Inputs)
	}
	if len(r.hidden) == 0 || len(r.sample) == 0 || r.sample[0].Step > 0 {
		return math.NaN()
	}
	first, details := r.hidden[0], r.sample[0].Details
	layer, w := r.Layers[first], r.weights[first]
	if layer.Depth != 1 || layer.Norm.Kind != "" || w < 0 || details == nil || len(details.Layers) == 0 || len(details.Params) == 0 {
		return math.NaN()
	}
	z := math.Hypot(float64(details.Layers[first].PreMean), float64(details.Layers[first].PreStd))
	if size := z * math.Sqrt(float64(layer.Units)) / float64(details.Params[w].NormL2); stat.Finite(size) && size > 0 {
		return size
	}
	return math.NaN()
}

// offScale sets the remedy of a network whose inputs are of another scale. A normalisation after the first layer mends large inputs, but
// not tiny ones, beside which its epsilon counts.
func (r *ruleInput) offScale(f *Finding) bool {
	size, isNormed := r.inputSize(), len(r.hidden) > 0 && r.Layers[r.hidden[0]].Norm.Kind != ""
	if !(size < tinyInputs || size > hugeInputs && !isNormed) {
		return false
	}
	f.Remedy = r.say.Sprintf("The inputs are of size %s (root mean square): normalise them to mean 0 and deviation 1.", words.Human(size))
	f.Code = normalizeCode
	return true
}

// zeroWeights sets the remedy of a gradient that a layer stops whose weights were all zero before any update.
func (r *ruleInput) zeroWeights(f *Finding) bool {
	if len(r.d.Lost) == 0 || len(r.sample) == 0 || r.sample[0].Step > 0 || r.sample[0].Details == nil || len(r.sample[0].Details.Params) == 0 {
		return false
	}
	for _, l := range r.hidden {
		if w := r.weights[l]; w >= 0 && r.sample[0].Details.Params[w].NormL2 == 0 {
			f.Remedy = r.say.Sprintf("All weights of %s begin at zero, so that it passes nothing on: draw them as those of the other layers.", layerName(r.say, r.Profile, l))
			f.Code = "Init: " + familyFor(r.Layers[l].Activation).code
			return true
		}
	}
	return false
}

// otherRule sets the remedy of a rule that names a cause: weights of another scale, or saturated units.
func (r *ruleInput) otherRule(f *Finding) bool {
	for _, find := range []func(*ruleInput) []Finding{findInitScale, findSaturation} {
		for _, other := range find(r) {
			if other.Severity > Note && other.Code != "" {
				f.Remedy, f.Code = other.Remedy, other.Code
				return true
			}
		}
	}
	return false
}

// clipped sets the remedy of steps that are small because clipping scales the gradients to less than a tenth in most records.
func (r *ruleInput) clipped(f *Finding) bool {
	share := median(r.sample, func(rec profile.Record) float64 {
		if rec.Clip == 0 { // unknown
			return math.NaN()
		}
		return float64(rec.Clip)
	})
	if !(share > 0 && share < 0.1) {
		return false
	}
	f.check, f.Remedy = true, r.say.Sprintf("Clipping scales the gradients to %s of their size in most steps: check whether its limit suits them.", words.Human(share))
	return true
}
