package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Batch normalisation makes any two samples the same two numbers, 1 and -1 for each unit, so that no gradient passes. Over three there is
// one direction left. Over four the gradient keeps its size, but mean and deviation of so few samples are mostly noise: four dense layers
// on 512 samples came to 0.93 to 0.97 of the loss of guessing in 600 steps, where layer normalisation came to 0.5. Over eight they came to 0.75.
const (
	tooFew   = 3
	tooNoisy = 4
)

// fewSamples sets the remedy of batch normalisation over so few samples that it stops the gradient.
func (r *ruleInput) fewSamples(f *Finding) bool {
	batch := r.batch()
	if !(0 < batch && batch <= tooFew) || r.stoppedByNorm() > -1 {
		return false
	}
	f.advise(r.say, option{r.say.Sprintf("Batch normalisation over %s lets hardly any gradient pass: take larger batches, or layer normalisation.", r.say.Count(int(batch), "sample")),
		"Norm: graph.LN", batchSize, 1})
	return true
}

// noisyNorm sets the remedy of batch normalisation over so few samples that their mean and deviation are mostly noise. A convolution takes
// them over all positions.
func (r *ruleInput) noisyNorm(f *Finding) bool {
	batch := r.batch()
	if !(0 < batch && batch <= tooNoisy) || !slices.ContainsFunc(r.hidden, r.hasBatchNorm) || r.hasConvolution() {
		return false
	}
	f.advise(r.say, option{r.say.Sprintf("Batch normalisation takes mean and deviation over %s, which is mostly noise: take larger batches, or layer normalisation.", r.say.Count(int(batch), "sample")),
		"Norm: graph.LN", batchSize, 1})
	return true
}

// batch is the usual number of samples in a batch; NaN if it is unknown.
func (r *ruleInput) batch() float64 {
	return math.Round(median(r.detailed, func(rec profile.Record) float64 { // which rounds 3 to 2.999
		if rec.Batch == 0 {
			return math.NaN()
		}
		return float64(rec.Batch)
	}))
}

// stoppedByNorm is the change of the gradient by the batch normalisations that make it smaller, in decades.
func (r *ruleInput) stoppedByNorm() (decades float64) {
	for _, l := range r.hidden {
		if gains := r.d.Budget.ByLayer; r.hasBatchNorm(l) && l < len(gains) && gains[l] != nil && gains[l].Norm < 0 {
			decades += float64(gains[l].Norm)
		}
	}
	return decades
}

func (r *ruleInput) hasBatchNorm(layer int) bool {
	return r.Layers[layer].Norm.Kind == profile.BatchNorm
}

// hasConvolution reports whether the network has a convolution: the weights of those are recorded with filters.
func (r *ruleInput) hasConvolution() bool {
	return len(r.detailed) > 0 && slices.ContainsFunc(r.detailed[0].Details.Params, func(p profile.ParamDetail) bool { return p.Filters != nil })
}
