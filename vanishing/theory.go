package vanishing

// Theory is what mean-field theory expects of a network right after its initialisation, for the batch of the first
// recorded step. Package vanishing/theory makes it. Lists go by Profile.Layers and hold NaN for layers it says nothing of.
type Theory struct {
	// None says why there is no prediction; the lists are empty then.
	None string `json:"none,omitempty"`

	// Delta is the expected log10 of RMS(delta) over that of the last hidden layer on the path, where it is 0. The mean is that of the
	// logarithm, which in networks of finite width is less than the logarithm of the mean.
	Delta []float64 `json:"delta"`
	// Band is the standard deviation of that logarithm over initialisations, in decades, which grows away from the output.
	Band []float64 `json:"band"`
	Q    []float64 `json:"q"`    // expected mean square of the pre-activations
	Chi  []float64 `json:"chi"`  // expected factor of the squared gradient from the next layer to this one
	Grad []float64 `json:"grad"` // expected log10 of the L2 norm of the weight's gradient over that of the last hidden layer
	Z    []float64 `json:"z"`    // (measured - expected)/band of the first recorded step
	Step []float64 `json:"step"` // the same of the change from the next layer alone, which finds a single odd layer

	// Paths are the expected shares of the gradient of a residual network's first block by the number of branches that it
	// came through; see [Paths]. It is nil without blocks.
	Paths []float64 `json:"paths,omitempty"`

	Xi   float64 `json:"xi"`   // depth scale of the gradient, in layers: its square changes by a factor of e over it
	Beta float64 `json:"beta"` // sum over layers of kurtosis/width: above 1, one initialisation is not like another
}

// Paths is the path-length spectrum of a residual network in one step: how much of the gradient with respect to the first block's
// input came through paths that pass exactly k branches, k = 0, 1, ..., number of blocks, and skip the others (Veit et al. 2016).
type Paths struct {
	Step int `json:"step"`
	// Shares are the squared norms of the parts, over the sum of all squared norms.
	Shares []float64 `json:"shares"`
	// Expected are the shares theory predicts of the first step, at initialisation; nil in later ones and if it does not.
	Expected []float64 `json:"expected,omitempty"`
	// Mean is the mean number of branches, by Shares.
	Mean float64 `json:"mean"`
	// Error is the L2 norm of (sum of the parts - gradient) over that of the gradient.
	Error float64 `json:"error"`
}

// A Trial is one remedy, tried on a copy of the network with one batch.
type Trial struct {
	Name   string    `json:"name"`   // as "batch normalisation"
	Code   string    `json:"code"`   // the line that applies it, as "Norm: graph.BN"
	Note   string    `json:"note"`   // what else there is to say, as why it could not be tried
	Tried  bool      `json:"tried"`  // whether it could be
	Change float64   `json:"change"` // decades that the fitted line gains from the last hidden layer to the first: 0 is level
	Delta  []float64 `json:"delta"`  // RMS(delta) of the layers on the path, from input to output
	Early  float64   `json:"early"`  // update ratio of the first layer's weight after one step
	Late   float64   `json:"late"`   // and of the last hidden layer's
	Loss   float64   `json:"loss"`   // of the batch, before any step
	After  float64   `json:"after"`  // of the same batch, after a few steps
}
