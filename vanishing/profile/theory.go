package profile

// Theory is the prediction of mean-field theory for a network at initialisation and the batch of the first recorded step.
// Package vanishing/theory makes it.
type Theory struct {
	// None says why there is no prediction; the other fields but Inputs and InputCosine are then empty.
	None string `json:"none,omitempty"`

	// Inputs is the root mean square of the inputs of the batch: 1 where they are normalised, 0 if it is unknown.
	Inputs Number `json:"inputs,omitempty"`

	// InputCosine is the mean product of two samples of the batch over the mean square of one: 1 where all samples are the same, 0 if it is
	// unknown.
	InputCosine Number `json:"input_cosine,omitempty"`

	// Measured reports whether some variance of a weight or bias was measured in the first record, because no initialiser
	// declares it. Such a prediction cannot show that a weight departs from its initialiser.
	Measured bool `json:"measured,omitempty"`

	Layers []*LayerTheory `json:"layers,omitempty"` // one for each of Profile.Layers; nil for a layer without a prediction

	// Paths are the expected path-length spectrum of a residual network; see [Paths]. It is nil without blocks.
	Paths []Number `json:"paths,omitempty"`

	// Signal is the expected forward signal, one for each of Profile.Blocks; nil if there is none.
	Signal []BlockSignal `json:"signal,omitempty"`

	Xi   Number `json:"xi,omitempty"`   // depth scale: layers over which the squared gradient changes by a factor of e
	Beta Number `json:"beta,omitempty"` // sum over layers of kurtosis/width: above 1, initialisations differ much from each other
}

// LayerTheory is the prediction for one layer.
type LayerTheory struct {
	// Delta is the expected log10(RMS(delta of this layer) / RMS(delta of the last hidden layer on the path)). It is the mean
	// of the logarithm, which in networks of finite width is less than the logarithm of the mean.
	Delta Number `json:"delta"`
	// Band is the standard deviation of this logarithm over initialisations, in decades. It grows toward the input.
	Band Number `json:"band"`
	Q    Number `json:"q"`    // expected mean square of the pre-activations
	Chi  Number `json:"chi"`  // expected factor of the squared gradient from the next layer to this one
	Grad Number `json:"grad"` // expected log10 of the L2 norm of the weight's gradient over that of the last hidden layer
	// Z is (measured - expected)/band in the first recorded step. It is NaN where chance in the size of the signal is too large for
	// the theory to estimate the band.
	Z Number `json:"z"`
	// Step is the same score for the change from the next layer to this one, which finds a single odd layer. It is NaN if the
	// next layer was not recorded.
	Step Number `json:"step"`
}

// Layer is the prediction for a layer; nil if there is none. t may be nil.
func (t *Theory) Layer(l int) *LayerTheory {
	if t == nil || l < 0 || l >= len(t.Layers) {
		return nil
	}
	return t.Layers[l]
}
