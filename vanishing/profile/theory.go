package profile

// Theory is what mean-field theory expects of a network right after its initialisation, for the batch of the first
// recorded step. Package vanishing/theory makes it.
type Theory struct {
	// None says why there is no prediction; all else is empty then.
	None string `json:"none,omitempty"`

	// Measured tells that the variance of some weight or bias is that of its values in the first record, as no initialiser
	// declares it. What was measured then cannot depart from what was declared.
	Measured bool `json:"measured,omitempty"`

	Layers []*LayerTheory `json:"layers,omitempty"` // one for each of Profile.Layers; nil for layers it says nothing of

	// Paths are the expected shares of the gradient of a residual network's first block by the number of branches that it
	// came through; see [Paths]. It is nil without blocks.
	Paths []Number `json:"paths,omitempty"`

	Xi   Number `json:"xi,omitempty"`   // depth scale of the gradient, in layers: its square changes by a factor of e over it
	Beta Number `json:"beta,omitempty"` // sum over layers of kurtosis/width: above 1, one initialisation is not like another
}

// LayerTheory is what theory expects of one layer.
type LayerTheory struct {
	// Delta is the expected log10 of RMS(delta) over that of the last hidden layer on the path, where it is 0. The mean is that of the
	// logarithm, which in networks of finite width is less than the logarithm of the mean.
	Delta Number `json:"delta"`
	// Band is the standard deviation of that logarithm over initialisations, in decades, which grows away from the output.
	Band Number `json:"band"`
	Q    Number `json:"q"`    // expected mean square of the pre-activations
	Chi  Number `json:"chi"`  // expected factor of the squared gradient from the next layer to this one
	Grad Number `json:"grad"` // expected log10 of the L2 norm of the weight's gradient over that of the last hidden layer
	Z    Number `json:"z"`    // (measured - expected)/band of the first recorded step
	// Step is the same of the change from the next layer alone, which finds a single odd layer. It is NaN if that layer was not
	// watched.
	Step Number `json:"step"`
}

// Layer is what theory expects of a layer; nil if there is no prediction of it, or no theory.
func (t *Theory) Layer(l int) *LayerTheory {
	if t == nil || l < 0 || l >= len(t.Layers) {
		return nil
	}
	return t.Layers[l]
}
