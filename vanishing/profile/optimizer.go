package profile

import (
	"fmt"
	"strings"
)

// An Optimizer describes the optimiser of the run. Numbers that a kind does not use are 0.
type Optimizer struct {
	Kind         OptimizerKind `json:"kind"`
	LearningRate Number        `json:"learning_rate,omitempty"` // as configured; a schedule may change it from step to step
	Momentum     Number        `json:"momentum,omitempty"`      // of sgd
	Nesterov     bool          `json:"nesterov,omitempty"`      // of sgd
	Beta1        Number        `json:"beta1,omitempty"`         // of adam
	Beta2        Number        `json:"beta2,omitempty"`         // of adam
	Epsilon      Number        `json:"epsilon,omitempty"`       // of the adaptive kinds
	WeightDecay  Number        `json:"weight_decay,omitempty"`
	Name         string        `json:"name,omitempty"` // of another kind: its String
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
	OtherOptimizer OptimizerKind = "other" // see Name
)

// Adaptive reports whether the optimiser divides gradients by their typical size.
func (o *Optimizer) Adaptive() bool {
	if o == nil {
		return false
	}
	switch o.Kind {
	case Adam, AdamW, RMSProp, AdaGrad:
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
	add(o.Epsilon != 0, "eps=%g", o.Epsilon)
	add(o.Momentum != 0, "momentum=%g", o.Momentum)
	add(o.Nesterov, "nesterov")
	add(o.WeightDecay != 0, "decay=%g", o.WeightDecay)
	if parts == nil {
		return string(o.Kind)
	}
	return fmt.Sprintf("%s(%s)", o.Kind, strings.Join(parts, ", "))
}
