package profile

import "fmt"

// An Activation is the elementwise function of a layer. The zero value is none.
type Activation struct {
	Kind  ActivationKind `json:"kind"`
	Alpha Number         `json:"alpha,omitempty"` // the parameter of leaky_relu and elu
}

// An ActivationKind names an activation.
type ActivationKind string

// The activations. A profile may hold other names.
const (
	ReLU      ActivationKind = "relu"
	LeakyReLU ActivationKind = "leaky_relu"
	ELU       ActivationKind = "elu"
	SELU      ActivationKind = "selu"
	GELU      ActivationKind = "gelu"
	GELUTanh  ActivationKind = "gelu_tanh"
	SiLU      ActivationKind = "silu"
	Sigmoid   ActivationKind = "sigmoid"
	Tanh      ActivationKind = "tanh"
	Erf       ActivationKind = "erf"
	Softsign  ActivationKind = "softsign"
	Softplus  ActivationKind = "softplus"
	Identity  ActivationKind = "identity"
)

// String is the activation's name, as "relu" or "elu(1)"; empty for none.
func (a Activation) String() string {
	if a.Kind == LeakyReLU || a.Kind == ELU {
		return fmt.Sprintf("%s(%g)", a.Kind, a.Alpha)
	}
	return string(a.Kind)
}

// A Norm is the normalisation of a layer. The zero value is none.
type Norm struct {
	Kind NormKind `json:"kind"`
}

// A NormKind names a normalisation.
type NormKind string

// The normalisations. BatchNorm takes mean and variance over the batch, for each unit; the others over units, for each sample.
const (
	BatchNorm NormKind = "bn"
	LayerNorm NormKind = "ln"
	GroupNorm NormKind = "gn"
	RMSNorm   NormKind = "rms"
)

// String is the short name, as "bn"; empty for none.
func (n Norm) String() string { return string(n.Kind) }
