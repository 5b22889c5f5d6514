package profile

// Paths is the path-length spectrum of a residual network in one step (Veit et al. 2016). It splits the gradient with respect
// to the first block's input by the number of branches k = 0, 1, ..., number of blocks that it passed; it took the skips of
// the other blocks.
type Paths struct {
	Step int `json:"step"`
	// Shares are the squared norms of the parts over the sum of these squares, by k.
	Shares []Number `json:"shares"`
	// Expected are the shares that theory predicts at initialisation; nil after the first step and without a prediction.
	Expected []Number `json:"expected,omitempty"`
	// Mean is the mean of k, weighted by Shares.
	Mean Number `json:"mean"`
	// Error is the L2 norm of (sum of the parts - gradient) over that of the gradient.
	Error Number `json:"error"`
}
