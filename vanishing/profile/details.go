package profile

// Details are the second tier of a record.
type Details struct {
	Layers []LayerDetail  `json:"layers,omitempty"` // one for each of Profile.Layers
	Params []ParamDetail  `json:"params,omitempty"` // one for each of Profile.Params
	Blocks []*BlockDetail `json:"blocks,omitempty"` // one for each of Profile.Blocks; nil if skip and branch cannot be told apart

	// Clipped are the gradients as the optimiser received them, one for each of Profile.Params; nil if they are unknown.
	Clipped []ClippedGrad `json:"clipped,omitempty"`
	// Updates are the changes of the parameters, one for each of Profile.Params; nil if no update was made.
	Updates []Update `json:"updates,omitempty"`
}

// A LayerDetail is one layer in one step. z is the layer's pre-activation, what the activation reads, and a its
// activation; where there is no activation a is z. Means, deviations and shares go over batch and units.
type LayerDetail struct {
	ActGradRMS Number `json:"act_grad_rms"` // root mean square of dL/da
	PreMean    Number `json:"pre_mean"`     // mean of z
	PreStd     Number `json:"pre_std"`      // standard deviation of z
	ActMean    Number `json:"act_mean"`     // mean of a
	ActStd     Number `json:"act_std"`      // standard deviation of a
	ActZero    Number `json:"act_zero"`     // share of the activations a that are exactly zero
	// Saturated is the share of the pre-activations z where the activation hardly passes a gradient on:
	// |phi'(z)| < 0.01·max|phi'|. For ReLU these are the inactive ones. It is 0 without an activation.
	Saturated Number `json:"saturated"`
	// Dead is the share of the units that are saturated on every sample of the batch.
	Dead Number `json:"dead"`
	// Gains split the way of the gradient from the next layer on the path to this one; see [Gains]. It is nil in the last layer
	// of the path and in layers beside it, as projections on skips.
	Gains *Gains `json:"gains,omitempty"`
}

// A ParamDetail is one parameter in one step.
type ParamDetail struct {
	NormL2      Number `json:"norm_l2"`       // L2 norm of the parameter before the update
	GradMax     Number `json:"grad_max"`      // largest |dL/dparameter|, before any clipping; NaN where clipping left nothing
	GradMeanAbs Number `json:"grad_mean_abs"` // mean |dL/dparameter|, before any clipping; NaN where clipping left nothing
	// SNR is the signal-to-noise ratio of the gradient over the batch: with g1 and g2 the gradients of its two halves,
	// ||(g1+g2)/2||² / ||(g1-g2)/2||². Halves that agree give a large one, and pure noise gives about 1. It is taken for the
	// weights of dense layers, of every fourth in turn, and not in batches of one sample; elsewhere it is nil. It is NaN where
	// the gradient is so near the end of its type's range that its elements have lost digits. Where batch normalisation makes
	// the gradients of a unit sum to zero over the batch, the layer's inputs are taken from their mean: the gradient stays as it
	// is, and the halves do not get opposite parts of what all samples have in common.
	SNR *Number `json:"snr,omitempty"`
}

// A ClippedGrad is the gradient of one parameter as the optimiser received it: after clipping.
type ClippedGrad struct {
	L2      Number `json:"l2"`       // its L2 norm
	RMS     Number `json:"rms"`      // its root mean square
	Max     Number `json:"max"`      // its largest absolute value
	MeanAbs Number `json:"mean_abs"` // its mean absolute value
}

// An Update is what a step changed of one parameter, whatever the optimiser.
type Update struct {
	L2 Number `json:"l2"` // L2 norm of the change
	// Ratio is the L2 norm of the change over that of the parameter before it. It is NaN for a parameter of norm 0, as a bias
	// before its first update.
	Ratio Number `json:"ratio"`
	// Unchanged is the share of the elements not one bit of which the update changed: it was lost in rounding, or zero.
	Unchanged Number `json:"unchanged"`
}

// A BlockDetail is one residual block in one step: the gradient that reaches its input x, split into the part that came
// through the skip and the part that came through the branch. Their sum is the gradient.
type BlockDetail struct {
	TotalRMS  Number `json:"total_rms"`  // root mean square of dL/dx, through both
	SkipRMS   Number `json:"skip_rms"`   // of the part through the skip
	BranchRMS Number `json:"branch_rms"` // of the part through the branch
	Cosine    Number `json:"cosine"`     // of the angle between the two parts; NaN if one of them is zero
}
