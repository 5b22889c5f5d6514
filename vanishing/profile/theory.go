package profile

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
