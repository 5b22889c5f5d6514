package profile

import "fmt"

// An Initializer says how a parameter was initialised. Numbers that a kind does not use are 0.
type Initializer struct {
	Kind   InitializerKind `json:"kind"`
	Gain   Number          `json:"gain,omitempty"`    // of he, xavier, orthogonal and delta_orthogonal
	FanOut bool            `json:"fan_out,omitempty"` // he by the outputs of a unit instead of its inputs
	Value  Number          `json:"value,omitempty"`   // of constant
	Low    Number          `json:"low,omitempty"`     // of uniform
	High   Number          `json:"high,omitempty"`
	Mean   Number          `json:"mean,omitempty"` // of normal
	Std    Number          `json:"std,omitempty"`
	Name   string          `json:"name,omitempty"` // of another kind: its String
}

// An InitializerKind names an initialiser.
type InitializerKind string

// The initialisers.
const (
	Constant        InitializerKind = "constant"
	Uniform         InitializerKind = "uniform"
	Normal          InitializerKind = "normal"
	XavierUniform   InitializerKind = "xavier_uniform"
	XavierNormal    InitializerKind = "xavier_normal"
	HeUniform       InitializerKind = "he_uniform"
	HeNormal        InitializerKind = "he_normal"
	LeCunUniform    InitializerKind = "lecun_uniform"
	LeCunNormal     InitializerKind = "lecun_normal"
	Orthogonal      InitializerKind = "orthogonal"
	DeltaOrthogonal InitializerKind = "delta_orthogonal"
	TorchDefault    InitializerKind = "torch"
	OtherInit       InitializerKind = "other" // see Name
)

// String is the initialiser with its numbers, as "he_normal(gain=1.414)"; empty for nil.
func (i *Initializer) String() string {
	if i == nil {
		return ""
	}
	switch i.Kind {
	case OtherInit:
		return i.Name
	case Constant:
		return fmt.Sprintf("%s(value=%v)", i.Kind, i.Value)
	case Uniform:
		return fmt.Sprintf("%s(low=%v, high=%v)", i.Kind, i.Low, i.High)
	case Normal:
		return fmt.Sprintf("%s(mean=%v, std=%v)", i.Kind, i.Mean, i.Std)
	case LeCunUniform, LeCunNormal, TorchDefault:
		return string(i.Kind)
	}
	text := string(i.Kind)
	if i.FanOut {
		text += "_fan_out"
	}
	if i.Gain != 0 {
		text += fmt.Sprintf("(gain=%.4g)", i.Gain)
	}
	return text
}
