package profile

// Sharpness is the curvature of the batch's loss in one step: the largest eigenvalue of the Hessian H, the matrix of second
// derivatives of the loss with respect to the parameters. With optimisers that divide each element of the gradient by a size s it is that
// of S^-1/2·H·S^-1/2, where S is the diagonal matrix of these sizes, so that Limit means the same.
type Sharpness struct {
	Step  int    `json:"step"`
	Value Number `json:"value"` // the eigenvalue
	// Limit is the value beyond which the optimiser's steps along the eigenvector overshoot by more each time, were the loss
	// quadratic: 2/rate in plain gradient descent. It is 0 where it is unknown. Gradient descent on whole datasets often stays near the
	// limit while the loss falls: the edge of stability (Cohen et al. 2021).
	Limit Number `json:"limit,omitempty"`
	// Residual is |Hv - Value·v| / |Value| of the unit vector v that was found: 0 for an exact eigenvector. An eigenvalue lies
	// within Residual·Value of Value.
	Residual Number `json:"residual"`
	// Layers are the values for the parameters of one layer alone, one for each of Profile.Layers; NaN without a trainable parameter.
	Layers []Number `json:"layers,omitempty"`
	// Shares are the squared norms of the parts of the unit eigenvector in the layers, one for each of Profile.Layers. They sum to 1,
	// less the share of parameters of no layer.
	Shares []Number `json:"shares,omitempty"`
	// Gradients is the number of gradients that were computed for it.
	Gradients int `json:"gradients,omitempty"`
}
