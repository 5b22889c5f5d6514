package profile

// Details are the second tier of a record.
type Details struct {
	Layers []LayerDetail  `json:"layers,omitempty"` // one for each of Profile.Layers
	Params []ParamDetail  `json:"params,omitempty"` // one for each of Profile.Params
	Blocks []*BlockDetail `json:"blocks,omitempty"` // one for each of Profile.Blocks; nil where skip and branch are not separable

	Sequences  []SequenceDetail  `json:"sequences,omitempty"`  // one for each of Profile.Sequences
	Attentions []AttentionDetail `json:"attentions,omitempty"` // one for each of Profile.Attentions; nil if they were not recorded

	// Writes are the shares that the blocks write into the residual stream, one for each of Profile.Blocks: the root mean square of what the
	// branch adds over that of the sum. NaN where it is unknown; nil if they were not recorded.
	Writes []Number `json:"writes,omitempty"`

	// Guess is what the loss of the step would be if the outputs were the same for all samples: the means of the network's. It is nil where
	// Profile.Baseline tells the loss of guessing, where it could not be measured, and where the loss asks the same of all samples and the
	// network tells them apart: the loss of the first records takes its place.
	Guess *Number `json:"guess,omitempty"`
	// Floor is the least loss that a gradient step of the outputs themselves reaches, with the best step size: what can still be learnt of the
	// batch is the loss above it. It is measured where Guess is, or would be, and nil for a loss without a least value.
	Floor *Number `json:"floor,omitempty"`

	// Clipped are the gradients as the optimiser received them, one for each of Profile.Params; nil if they are unknown.
	Clipped []ClippedGrad `json:"clipped,omitempty"`
	// Updates are the changes of the parameters, one for each of Profile.Params; nil if no update was made.
	Updates []Update `json:"updates,omitempty"`
}

// A LayerDetail is one layer in one step. z is the layer's pre-activation, the input of its activation, and a its
// activation; without an activation a is z. Means, deviations and shares are over batch and units.
type LayerDetail struct {
	ActGradRMS Number `json:"act_grad_rms"` // root mean square of dL/da
	PreMean    Number `json:"pre_mean"`     // mean of z
	PreStd     Number `json:"pre_std"`      // standard deviation of z
	ActMean    Number `json:"act_mean"`     // mean of a
	ActStd     Number `json:"act_std"`      // standard deviation of a
	ActZero    Number `json:"act_zero"`     // share of the activations a that are exactly zero
	// Saturated is the share of the pre-activations z where the activation's derivative is nearly 0:
	// |phi'(z)| < 0.01·max|phi'|. For ReLU it is the share of inactive entries. It is 0 without an activation.
	Saturated Number `json:"saturated"`
	// Dead is the share of the units that are saturated on every sample of the batch; in images, of the channels that are saturated in
	// every pixel.
	Dead Number `json:"dead"`
	// Gains split the gradient's change from the next layer on the path to this one. It is nil for the last layer of the path
	// and for layers off the path, such as projections on skips.
	Gains *Gains `json:"gains,omitempty"`
}

// A ParamDetail is one parameter in one step.
type ParamDetail struct {
	NormL2      Number `json:"norm_l2"`       // L2 norm of the parameter before the update
	GradMax     Number `json:"grad_max"`      // largest |dL/dparameter|, before any clipping; NaN if clipping rounded it all to zero, or scaled elements differently
	GradMeanAbs Number `json:"grad_mean_abs"` // mean |dL/dparameter|, before any clipping; NaN if clipping rounded it all to zero

	Filters *Filters `json:"filters,omitempty"` // of the weight of a convolution; nil for other parameters
	// SNR is the signal-to-noise ratio of the gradient over the batch: with g1 and g2 the gradients of its two halves,
	// ||(g1+g2)/2||² / ||(g1-g2)/2||². Halves that agree give a large ratio, and pure noise gives about 1.
	//
	// It is measured for the weights of dense layers and convolutions; a recorder measures a quarter of them in each record. It is nil elsewhere,
	// and in batches of one sample. It is NaN if the gradient is so near the end of its type's range that its elements have lost digits.
	//
	// Batch normalisation makes the gradients of a unit sum to zero over the batch. The component shared by all samples then
	// cancels between the halves, so the layer's inputs are centred first, which leaves the gradient unchanged.
	SNR *Number `json:"snr,omitempty"`
}

// Filters are L2 norms of the filters of a convolution, each of which makes one channel, before the update.
type Filters struct {
	MinL2    Number `json:"min_l2"`
	MedianL2 Number `json:"median_l2"`
	MaxL2    Number `json:"max_l2"`
}

// A ClippedGrad is the gradient of one parameter as the optimiser received it: after clipping.
type ClippedGrad struct {
	L2      Number `json:"l2"`       // L2 norm
	RMS     Number `json:"rms"`      // root mean square
	Max     Number `json:"max"`      // largest absolute value
	MeanAbs Number `json:"mean_abs"` // mean absolute value
}

// An Update is the change of one parameter in one step, for any optimiser.
type Update struct {
	L2 Number `json:"l2"` // L2 norm of the change
	// Ratio is L2 over the parameter's L2 norm before the update. It is NaN for a parameter of norm 0, such as a bias before
	// its first update.
	Ratio Number `json:"ratio"`
	// Unchanged is the share of the elements that have the same bits after the update: their change was zero or rounded to it.
	Unchanged Number `json:"unchanged"`
}

// A BlockDetail is one residual block in one step: the gradient with respect to its input x, which is the sum of a part
// through the skip and a part through the branch.
type BlockDetail struct {
	TotalRMS  Number `json:"total_rms"`  // root mean square of dL/dx, through both
	SkipRMS   Number `json:"skip_rms"`   // of the part through the skip
	BranchRMS Number `json:"branch_rms"` // of the part through the branch
	Cosine    Number `json:"cosine"`     // of the angle between the two parts; NaN if one of them is zero
}
