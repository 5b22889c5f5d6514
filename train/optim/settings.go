package optim

import (
	"fmt"
	"strings"
)

// Settings are the kind and the numbers of an optimiser, with the defaults filled in. Numbers that a kind does not use are 0.
type Settings struct {
	Kind             string // as "adamw"
	LearningRate     float64
	Beta1, Beta2     float64
	Alpha            float64 // of the mean of squares, in RMSProp
	Epsilon          float64
	Momentum         float64
	TrustCoefficient float64 // of LARS
	Nesterov         bool
	Centered         bool // of RMSProp
	RateDecay        float64
	WeightDecay      float64
	Groups           int // number of groups
	RateGroups       int // those of them with a rate of their own
}

// A Described optimiser gives its settings as values. All optimisers of this package do.
type Described interface {
	Optimizer
	Settings() Settings
}

// String names the optimiser with its numbers, as "adam(lr=0.001, betas=0.9/0.999, eps=1e-08)". It leaves out what is 0.
func (s Settings) String() string {
	parts := []string{fmt.Sprintf("lr=%g", s.LearningRate)}
	add := func(applies bool, format string, values ...any) {
		if applies {
			parts = append(parts, fmt.Sprintf(format, values...))
		}
	}
	add(s.Beta1 != 0 || s.Beta2 != 0, "betas=%g/%g", s.Beta1, s.Beta2)
	add(s.Alpha != 0, "alpha=%g", s.Alpha)
	add(s.Epsilon != 0, "eps=%g", s.Epsilon)
	add(s.Momentum != 0, "momentum=%g", s.Momentum)
	add(s.TrustCoefficient != 0, "trust=%g", s.TrustCoefficient)
	add(s.Nesterov, "nesterov")
	add(s.Centered, "centered")
	add(s.RateDecay != 0, "lr_decay=%g", s.RateDecay)
	add(s.WeightDecay != 0, "decay=%g", s.WeightDecay)
	add(s.Groups != 0, "groups=%d", s.Groups)
	return fmt.Sprintf("%s(%s)", s.Kind, strings.Join(parts, ", "))
}
