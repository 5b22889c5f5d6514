package profile

import (
	"fmt"
	"strings"
)

// An Optimizer describes the optimiser of the run. Numbers that a kind does not use are 0.
type Optimizer struct {
	Kind             OptimizerKind `json:"kind"`
	LearningRate     Number        `json:"learning_rate,omitempty"` // as configured; a schedule may change it from step to step
	Momentum         Number        `json:"momentum,omitempty"`      // of sgd, rmsprop, lars and muon
	Nesterov         bool          `json:"nesterov,omitempty"`      // of sgd and muon
	Beta1            Number        `json:"beta1,omitempty"`         // of adam, adamw, lion and lamb; in muon of what adamw moves
	Beta2            Number        `json:"beta2,omitempty"`         // likewise
	Alpha            Number        `json:"alpha,omitempty"`         // of rmsprop: weight of the past in the mean of squares
	Epsilon          Number        `json:"epsilon,omitempty"`       // of the adaptive kinds; in muon of what adamw moves
	TrustCoefficient Number        `json:"trust_coefficient,omitempty"`
	Centered         bool          `json:"centered,omitempty"`   // of rmsprop
	RateDecay        Number        `json:"rate_decay,omitempty"` // of adagrad
	WeightDecay      Number        `json:"weight_decay,omitempty"`
	Groups           int           `json:"groups,omitempty"` // groups of parameters with a rate or a decay of their own
	Name             string        `json:"name,omitempty"`   // of another kind: its String
}

// An OptimizerKind names an optimiser.
type OptimizerKind string

// The optimisers.
const (
	SGD            OptimizerKind = "sgd"
	Adam           OptimizerKind = "adam"
	AdamW          OptimizerKind = "adamw"
	RMSProp        OptimizerKind = "rmsprop"
	AdaGrad        OptimizerKind = "adagrad"
	Lion           OptimizerKind = "lion"
	LAMB           OptimizerKind = "lamb"
	LARS           OptimizerKind = "lars"
	Muon           OptimizerKind = "muon"
	OtherOptimizer OptimizerKind = "other" // see Name
)

// Adaptive reports whether the optimiser divides gradients by their typical size.
func (o *Optimizer) Adaptive() bool {
	if o == nil {
		return false
	}
	switch o.Kind {
	case Adam, AdamW, RMSProp, AdaGrad, LAMB:
		return true
	}
	return false
}

// Coupled reports whether weight decay goes through the optimiser as a part of the gradient.
func (o *Optimizer) Coupled() bool {
	if o == nil {
		return false
	}
	switch o.Kind {
	case SGD, Adam, RMSProp, AdaGrad:
		return true
	}
	return false
}

// Normalizing reports whether the size of a step does not depend on the size of the gradient, because the optimiser takes signs, scales
// by the parameter's norm, or makes a matrix orthogonal.
func (o *Optimizer) Normalizing() bool {
	if o == nil {
		return false
	}
	switch o.Kind {
	case Lion, LAMB, LARS, Muon:
		return true
	}
	return false
}

// String is the optimiser with its numbers, as "adam(lr=0.001, betas=0.9/0.999, eps=1e-08)"; empty for nil.
func (o *Optimizer) String() string {
	switch {
	case o == nil:
		return ""
	case o.Kind == OtherOptimizer:
		return o.Name
	}
	var parts []string
	add := func(applies bool, format string, values ...any) {
		if applies {
			parts = append(parts, fmt.Sprintf(format, values...))
		}
	}
	add(o.LearningRate != 0, "lr=%g", o.LearningRate)
	add(o.Beta1 != 0 || o.Beta2 != 0, "betas=%g/%g", o.Beta1, o.Beta2)
	add(o.Alpha != 0, "alpha=%g", o.Alpha)
	add(o.Epsilon != 0, "eps=%g", o.Epsilon)
	add(o.Momentum != 0, "momentum=%g", o.Momentum)
	add(o.TrustCoefficient != 0, "trust=%g", o.TrustCoefficient)
	add(o.Nesterov, "nesterov")
	add(o.Centered, "centered")
	add(o.RateDecay != 0, "lr_decay=%g", o.RateDecay)
	add(o.WeightDecay != 0, "decay=%g", o.WeightDecay)
	add(o.Groups != 0, "groups=%d", o.Groups)
	if parts == nil {
		return string(o.Kind)
	}
	return fmt.Sprintf("%s(%s)", o.Kind, strings.Join(parts, ", "))
}
