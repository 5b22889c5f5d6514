package profile

import "math"

// A Record is one training step.
//
// Its numbers come in three tiers, as they cost differently. The norms are in every record. The details are in records
// with Details true, and the histograms in those with Histograms true; elsewhere they are NaN and nil.
type Record struct {
	Step  int     `json:"step"`  // optimiser updates before this one: the first step is 0
	Epoch int     `json:"epoch"` // counted from 0
	Batch int     `json:"batch"` // samples in the batch
	Loss  float64 `json:"loss"`  // of the batch, before the update
	// LearningRate is that of the step's update; 0 if none was made.
	LearningRate float64 `json:"learning_rate"`
	// Clip is what the gradients of all parameters were multiplied with before the update: 1 if they were not clipped.
	Clip float64 `json:"clip"`

	Details    bool `json:"details"`    // whether the details were recorded
	Histograms bool `json:"histograms"` // whether the histograms were

	Layers []LayerRecord `json:"layers"`           // one for each of Profile.Layers
	Params []ParamRecord `json:"params"`           // one for each of Profile.Params
	Blocks []BlockRecord `json:"blocks,omitempty"` // one for each of Profile.Blocks, in records with details
}

// A LayerRecord is one layer in one step. z is the layer's pre-activation, what the activation reads, and a its
// activation; where there is no activation a is z. Means, deviations and shares go over batch and units.
type LayerRecord struct {
	// DeltaRMS is the root mean square, over batch and units, of delta = dL/dz, the gradient of the loss with respect to
	// the layer's pre-activation z. L is the loss as it is trained on: with a loss that is the mean over the batch, delta
	// is smaller by the batch size than the gradient of one sample's own loss, in all layers alike.
	DeltaRMS float64 `json:"delta_rms"`
	// Flushed is the share of the entries of delta that were lost because they were too small for the type: those that are
	// zero, less the saturated ones, if results were flushed to zero on the way to them. Records without details do not know
	// the saturated ones, which count there.
	Flushed float64 `json:"flushed"`

	ActGradRMS float64 `json:"act_grad_rms" tier:"detail"` // root mean square of dL/da
	PreMean    float64 `json:"pre_mean" tier:"detail"`     // mean of z
	PreStd     float64 `json:"pre_std" tier:"detail"`      // standard deviation of z
	ActMean    float64 `json:"act_mean" tier:"detail"`     // mean of a
	ActStd     float64 `json:"act_std" tier:"detail"`      // standard deviation of a
	ActZero    float64 `json:"act_zero" tier:"detail"`     // share of the activations a that are exactly zero
	// Saturated is the share of the pre-activations z where the activation hardly passes a gradient on:
	// |phi'(z)| < 0.01·max|phi'|. For ReLU these are the inactive ones. It is 0 without an activation.
	Saturated float64 `json:"saturated" tier:"detail"`
	// Dead is the share of the units that are saturated on every sample of the batch.
	Dead float64 `json:"dead" tier:"detail"`
	// Gains split the way of the gradient from the next layer on the path to this one; see [Gains].
	Gains Gains `json:"gains" tier:"detail"`

	Delta *Histogram `json:"delta_histogram" tier:"histogram"` // of the entries of delta
	Pre   *Histogram `json:"pre_histogram" tier:"histogram"`   // of the entries of z
}

// A ParamRecord is one parameter in one step.
type ParamRecord struct {
	GradL2  float64 `json:"grad_l2"`  // L2 norm of dL/dparameter, before any clipping
	GradRMS float64 `json:"grad_rms"` // root mean square of dL/dparameter, before any clipping

	NormL2 float64 `json:"norm_l2" tier:"detail"` // L2 norm of the parameter before the update
	// UpdateRatio is ||update||_2 / ||parameter||_2 for the update that was really made, whatever the optimiser. It is NaN
	// where it does not exist: for a parameter of norm 0, as a bias before its first update, and if no update was made.
	UpdateRatio float64 `json:"update_ratio" tier:"detail"`

	// GradMax and GradMeanAbs are NaN where clipping left nothing of the gradient.
	GradMax        float64 `json:"grad_max" tier:"detail"`         // largest |dL/dparameter|, before any clipping
	GradMeanAbs    float64 `json:"grad_mean_abs" tier:"detail"`    // mean |dL/dparameter|, before any clipping
	ClippedL2      float64 `json:"clipped_l2" tier:"detail"`       // L2 norm of the gradient as the optimiser received it
	ClippedRMS     float64 `json:"clipped_rms" tier:"detail"`      // its root mean square
	ClippedMax     float64 `json:"clipped_max" tier:"detail"`      // its largest absolute value
	ClippedMeanAbs float64 `json:"clipped_mean_abs" tier:"detail"` // its mean absolute value
	UpdateL2       float64 `json:"update_l2" tier:"detail"`        // L2 norm of the update; NaN if none was made
	// Unchanged is the share of the elements not one bit of which the update changed: it was lost in rounding, or zero.
	Unchanged float64 `json:"unchanged" tier:"detail"`
	// SNR is the signal-to-noise ratio of the gradient over the batch: with g1 and g2 the gradients of its two halves,
	// ||(g1+g2)/2||² / ||(g1-g2)/2||². Halves that agree give a large one, and pure noise gives about 1. It is NaN where it
	// is not known: it is taken for the weights of dense layers, of every fourth in turn, not in batches of one sample, and not where
	// the gradient is near the end of its type's range. Where
	// batch normalisation makes the gradients of a unit sum to zero over the batch, the layer's inputs are taken from their
	// mean: the gradient stays as it is, and the halves do not get opposite parts of what all samples have in common.
	SNR float64 `json:"snr" tier:"detail"`

	Grad  *Histogram `json:"grad_histogram" tier:"histogram"`  // of the gradient's elements, before any clipping
	Value *Histogram `json:"value_histogram" tier:"histogram"` // of the parameter's elements, before the update
}

// A BlockRecord is one residual block in one step: the gradient that reaches its input x, split into the part that came
// through the skip and the part that came through the branch. Their sum is the gradient.
type BlockRecord struct {
	TotalRMS  float64 `json:"total_rms"`  // root mean square of dL/dx, through both
	SkipRMS   float64 `json:"skip_rms"`   // of the part through the skip
	BranchRMS float64 `json:"branch_rms"` // of the part through the branch
	Cosine    float64 `json:"cosine"`     // of the angle between the two parts; NaN if one of them is zero
}

// GradL2 is the L2 norm of the gradient with respect to all parameters together, before any clipping: its square is the sum
// of the squares of the parameters' own.
func (r Record) GradL2() float64 {
	sum := 0.0
	for _, p := range r.Params {
		sum = math.Hypot(sum, p.GradL2)
	}
	return sum
}
