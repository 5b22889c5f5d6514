package diagnose

import (
	"fmt"
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

// shared is the mean product of two samples over the mean square of one from which on the inputs are mostly what all samples share: a mean
// ten times as large as the deviation. The steps then follow the mean, which no weight can tell apart from a bias.
const shared = 0.99

// commonMean sets the remedy of inputs with such a mean. Batch normalisation of the first layer takes it away.
func (r *ruleInput) commonMean(f *Finding) bool {
	if r.Theory == nil || len(r.hidden) == 0 || r.hasBatchNorm(r.hidden[0]) {
		return false
	}
	cosine := float64(r.Theory.InputCosine)
	if cosine < shared || cosine > alikeInputs {
		return false
	}
	f.Remedy = r.say.Sprintf("What the inputs of all samples share is %s times as large as what tells them apart (root mean square): normalise them to mean 0 and deviation 1.",
		words.Human(math.Sqrt(cosine/(1-cosine))))
	f.Code = normalizeCode
	return true
}

// targetsOffScale sets the remedy of a squared error whose targets are of another scale than 1, the size of the first outputs.
func (r *ruleInput) targetsOffScale(f *Finding) bool {
	if size := float64(r.Targets); !(size > hugeInputs || 0 < size && size < tinyInputs) {
		return false
	}
	f.Remedy = r.say.Sprintf("The targets are of size %s (root mean square): bring them to mean 0 and deviation 1.", words.Human(float64(r.Targets)))
	f.Code = "StandardizeTargets: true"
	return true
}

// boundedOutput sets the remedy of a squared error whose targets lie beyond what the activation of the output can be.
func (r *ruleInput) boundedOutput(f *Finding) bool {
	path := r.Path()
	if !(r.Targets > 1) || len(path) == 0 {
		return false
	}
	output := r.Layers[path[len(path)-1]].Activation
	switch output.Kind {
	case profile.Sigmoid, profile.Tanh, profile.Softsign, profile.Erf:
	default:
		return false
	}
	f.Remedy = r.say.Sprintf("The targets are of size %s (root mean square), and the output is never larger than 1, as it passes %s: leave out the activation of the output layer.",
		words.Human(float64(r.Targets)), output)
	return true
}

// overDecayed sets the remedy of a network whose weight decay has shrunk the weights, or pulls at them by more than their gradients do.
func (r *ruleInput) overDecayed(f *Finding) bool {
	if r.Optimizer == nil || !(r.Optimizer.WeightDecay > 0) {
		return false
	}
	pull := typical(r.hidden, func(l int) float64 { return r.decayPull(l) })
	switch share := decayed(r.Profile, r.d); {
	case share < halved:
		f.Remedy = r.say.Sprintf("Weight decay has shrunk the weights to %s of their first size, and with them the gradient: lower it.", words.Human(share))
	case r.Optimizer.Coupled() && pull > overpowers:
		f.Remedy = r.say.Sprintf("Weight decay pulls at the weights %s times as much as their gradients do: lower it.", words.Human(pull))
	default:
		return false
	}
	f.Code = decayCode(r.Profile)
	return true
}

// decaySteps sets the remedy of steps that are too large, by a ratio of update to weight, because weight decay makes most of them.
func (r *ruleInput) decaySteps(f *Finding, ratio float64) bool {
	if r.Optimizer == nil || r.Optimizer.Adaptive() && r.Optimizer.Coupled() {
		return false
	}
	share := float64(r.Optimizer.WeightDecay * r.Optimizer.LearningRate)
	if share < ratio/2 {
		return false
	}
	f.Remedy = r.say.Sprintf("Weight decay alone takes %s of a weight in each step: lower it.", words.Percent(share))
	f.Code = decayCode(r.Profile)
	return true
}

// overpowers is the ratio of weight decay to gradient from which on the decay is blamed.
const overpowers = 3

// decayPull is the weight decay of a layer's weight over its gradient, of the last quarter of the records.
func (r *ruleInput) decayPull(layer int) float64 {
	w := r.weights[layer]
	if w < 0 || r.Params[w].Size == 0 {
		return math.NaN()
	}
	return median(r.quarter(false), func(rec profile.Record) float64 {
		if rec.Details == nil || len(rec.Details.Params) <= w || len(rec.Params) <= w {
			return math.NaN()
		}
		size := float64(rec.Details.Params[w].NormL2) / math.Sqrt(float64(r.Params[w].Size))
		return float64(r.Optimizer.WeightDecay) * size / float64(rec.Params[w].GradRMS)
	})
}

// decayCode is the line of code that makes weight decay 100 times weaker.
func decayCode(p profile.Profile) string {
	return fmt.Sprintf("WeightDecay: %g", roundTo1(float64(p.Optimizer.WeightDecay)/100))
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

// otherRule sets the remedy of a rule that names a cause: weights of another scale, or units that are dead or saturated.
func (r *ruleInput) otherRule(f *Finding) bool {
	for _, cause := range []rule{{"bad-init-scale", findInitScale}, {"dead-relu", findDead}, {"saturation", findSaturation}} {
		for _, other := range cause.find(r) {
			if other.Severity > Note && other.Code != "" {
				other.Rule = cause.name
				f.yield(r.say, other)
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
	f.check = true
	f.advise(r.say, option{text: r.say.Sprintf("Clipping scales the gradients to %s of their size in most steps: check whether its limit suits them.", words.Human(share))})
	return true
}
