package profile

import "math"

// A Record is one training step.
//
// Its numbers come in three tiers of increasing cost: norms, details and histograms. Every record has the norms. Details and
// Histograms are nil in records without them.
type Record struct {
	Step  int `json:"step"`            // optimiser updates before this one: the first step is 0
	Epoch int `json:"epoch,omitempty"` // counted from 0
	Batch int `json:"batch,omitempty"` // samples in the batch; 0 if unknown
	// Loss is the batch's loss before the update. If it is 0 in all records it is unknown: see [Profile.HasLoss].
	Loss Number `json:"loss,omitempty"`
	// Losses are those of Profile.Losses on the batch, before they are weighted; nil if there is one.
	Losses []Number `json:"losses,omitempty"`
	// LearningRate is the rate of the step's update; 0 without an update.
	LearningRate Number `json:"learning_rate,omitempty"`
	// Clip is the factor by which clipping scaled the gradients of all parameters: 1 without clipping, 0 if unknown.
	Clip Number `json:"clip,omitempty"`

	Layers []LayerRecord `json:"layers,omitempty"` // one for each of Profile.Layers
	Params []ParamRecord `json:"params,omitempty"` // one for each of Profile.Params

	// Signal is the forward signal, one for each of Profile.Blocks. A recorder measures it in records with details, unless the channels of
	// some block are unknown.
	Signal []BlockSignal `json:"signal,omitempty"`

	// Ranks are the processes that trained together, in their order; nil in a training by one process. Layers are then those of rank 0 alone,
	// and Params those of all together.
	Ranks []RankRecord `json:"ranks,omitempty"`

	Details    *Details    `json:"details,omitempty"`
	Histograms *Histograms `json:"histograms,omitempty"`
}

// A LayerRecord has the norms of one layer in one step. z is the layer's pre-activation: the input of its activation.
type LayerRecord struct {
	// DeltaRMS is the root mean square, over batch and units, of delta = dL/dz: the gradient of the loss L with respect to z.
	// L is the loss that training minimises. If it is the mean over the batch, delta is the gradient of one sample's loss
	// divided by the batch size, in all layers alike.
	DeltaRMS Number `json:"delta_rms"`
	// Flushed is the share of the entries of delta that are zero because a result was too small for the type. In a layer that
	// such results reach, these are the zero entries without the saturated ones. Records without details do not know which are
	// saturated, and count all zero entries.
	Flushed Number `json:"flushed,omitempty"`
}

// A ParamRecord has the norms of one parameter in one step.
type ParamRecord struct {
	GradL2  Number `json:"grad_l2"`  // L2 norm of dL/dparameter, before any clipping
	GradRMS Number `json:"grad_rms"` // root mean square of dL/dparameter, before any clipping
}

// GradL2 is the L2 norm of the gradient with respect to all parameters together, before any clipping.
func (r Record) GradL2() float64 {
	sum := 0.0
	for _, p := range r.Params {
		sum = math.Hypot(sum, float64(p.GradL2))
	}
	return sum
}

// UpdateRatio is the update ratio of a parameter; NaN if the record has none or the index is negative.
func (r Record) UpdateRatio(param int) float64 {
	if param < 0 || r.Details == nil || r.Details.Updates == nil {
		return math.NaN()
	}
	return float64(r.Details.Updates[param].Ratio)
}

// HasEpochs reports whether the records are counted in epochs. In profiles of other programs all may be in epoch 0, which then is not known.
func (p Profile) HasEpochs() bool {
	if len(p.History) > 0 {
		return true
	}
	for i := range p.Records {
		if p.Records[i].Epoch > 0 {
			return true
		}
	}
	return false
}

// HasLoss reports whether the loss was recorded.
func (p Profile) HasLoss() bool {
	for i := range p.Records {
		if p.Records[i].Loss != 0 {
			return true
		}
	}
	return false
}
