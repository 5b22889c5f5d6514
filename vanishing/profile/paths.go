package profile

// Paths is the path-length spectrum of a residual network in one step: how much of the gradient with respect to the first block's
// input came through paths that pass exactly k branches, k = 0, 1, ..., number of blocks, and skip the others (Veit et al. 2016).
type Paths struct {
	Step int `json:"step"`
	// Shares are the squared norms of the parts, over the sum of all squared norms.
	Shares []Number `json:"shares"`
	// Expected are the shares theory predicts of the first step, at initialisation; nil in later ones and if it does not.
	Expected []Number `json:"expected,omitempty"`
	// Mean is the mean number of branches, by Shares.
	Mean Number `json:"mean"`
	// Error is the L2 norm of (sum of the parts - gradient) over that of the gradient.
	Error Number `json:"error"`
}
