package profile

// A BlockSignal is the forward signal at one residual block in one step, as signal-propagation plots show it (Brock et al. 2021). The
// statistics of a channel are over batch and pixels; in a dense network a channel is a unit. The output of a block is its sum, before an
// activation that may follow.
type BlockSignal struct {
	SquaredMean    Number `json:"squared_mean"`    // of the block's output: average over channels of the channel's squared mean
	Variance       Number `json:"variance"`        // of the block's output: average over channels of the channel's variance
	BranchVariance Number `json:"branch_variance"` // of the end of the branch, with its scale: likewise
}
