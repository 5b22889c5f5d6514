package profile

import "math"

// A Record is one training step.
//
// Its numbers come in three tiers, as they cost differently. The norms are in every record. Details and Histograms are nil in
// records without them.
type Record struct {
	Step  int `json:"step"`            // optimiser updates before this one: the first step is 0
	Epoch int `json:"epoch,omitempty"` // counted from 0
	Batch int `json:"batch,omitempty"` // samples in the batch; 0 if unknown
	// Loss is the batch's loss before the update. A loss of 0 in all records is unknown: see [Profile.HasLoss].
	Loss Number `json:"loss,omitempty"`
	// LearningRate is the rate of the step's update; 0 if none was made.
	LearningRate Number `json:"learning_rate,omitempty"`
	// Clip is the factor that scaled the gradients of all parameters before the update: 1 if they were not clipped, 0 if it
	// is unknown.
	Clip Number `json:"clip,omitempty"`

	Layers []LayerRecord `json:"layers,omitempty"` // one for each of Profile.Layers
	Params []ParamRecord `json:"params,omitempty"` // one for each of Profile.Params

	Details    *Details    `json:"details,omitempty"`
	Histograms *Histograms `json:"histograms,omitempty"`
}

// A LayerRecord has the norms of one layer in one step. z is the layer's pre-activation, what the activation reads.
type LayerRecord struct {
	// DeltaRMS is the root mean square, over batch and units, of delta = dL/dz, the gradient of the loss with respect to
	// the layer's pre-activation z. L is the loss as it is trained on: with a loss that is the mean over the batch, delta
	// is smaller by the batch size than the gradient of one sample's own loss, in all layers alike.
	DeltaRMS Number `json:"delta_rms"`
	// Flushed is the share of the entries of delta that were lost because they were too small for the type: those that are
	// zero, less the saturated ones, if results were flushed to zero on the way to them. Records without details do not know
	// the saturated ones, which count there.
	Flushed Number `json:"flushed,omitempty"`
}

// A ParamRecord has the norms of one parameter in one step.
type ParamRecord struct {
	GradL2  Number `json:"grad_l2"`  // L2 norm of dL/dparameter, before any clipping
	GradRMS Number `json:"grad_rms"` // root mean square of dL/dparameter, before any clipping
}

// GradL2 is the L2 norm of the gradient with respect to all parameters together, before any clipping: its square is the sum
// of the squares of the parameters' own.
func (r Record) GradL2() float64 {
	sum := 0.0
	for _, p := range r.Params {
		sum = math.Hypot(sum, float64(p.GradL2))
	}
	return sum
}

// UpdateRatio is the update ratio of a parameter; NaN if the record does not have it, or the index is negative.
func (r Record) UpdateRatio(param int) float64 {
	if param < 0 || r.Details == nil || r.Details.Updates == nil {
		return math.NaN()
	}
	return float64(r.Details.Updates[param].Ratio)
}

// HasLoss tells whether the loss was recorded.
func (p Profile) HasLoss() bool {
	for i := range p.Records {
		if p.Records[i].Loss != 0 {
			return true
		}
	}
	return false
}
