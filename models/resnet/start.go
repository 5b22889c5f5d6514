package resnet

import (
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// A Start is a way to begin the training of deep residual networks, apart from the normalisation: each makes all blocks begin as their
// skips alone.
type Start int

// The starts.
const (
	DefaultStart Start = iota // as the other switches tell

	// ReZero multiplies each branch by a number that is trained and begins at 0 (Bachlechner et al. 2020).
	ReZero

	// SkipInit is ReZero without normalisation; the linear maps have biases (De & Smith 2020, sec. 4).
	SkipInit

	// Fixup has no normalisation (Zhang et al. 2019, sec. 3): the first weights of the L branches of m linear maps are multiplied by
	// L^(-1/(2m-2)) and the last ones are zero, as is the output layer's. A number that is trained and begins at 1 multiplies each
	// branch, and others that begin at 0 are added before each linear map and each activation, in place of biases.
	Fixup
)

// String is the name of the start.
func (s Start) String() string {
	if s < DefaultStart || s > Fixup {
		return "unknown"
	}
	return [...]string{"default", "rezero", "skipinit", "fixup"}[s]
}

// hasNoNorm reports whether the start takes the place of normalisation.
func (s Start) hasNoNorm() bool { return s == SkipInit || s == Fixup }

// before are the layers before a linear map, and also before an activation.
func (s Start) before() graph.Sequential {
	if s == Fixup {
		return graph.Sequential{graph.ScalarBias{}}
	}
	return nil
}

// end are the layers at the end of a branch.
func (s Start) end() graph.Sequential {
	switch s {
	case ReZero, SkipInit:
		return graph.Sequential{graph.ScalarGain{Init: initializer.Constant{}}}
	case Fixup:
		return graph.Sequential{graph.ScalarGain{}, graph.ScalarBias{}}
	}
	return nil
}

// init draws the weight of one of the maps of a branch, in a network of so many branches; without a start it is the given rule.
func (s Start) init(rule initializer.Initializer, branches, maps int, isLast bool) initializer.Initializer {
	switch {
	case s != Fixup:
		return rule
	case isLast:
		return initializer.Constant{}
	}
	return initializer.Scaled{By: rule, Factor: math.Pow(float64(branches), -1/float64(2*maps-2))}
}

// validate checks what goes together.
func (s Start) validate(hasNorm, zeroInit, preActivation bool) error {
	switch {
	case s < DefaultStart || s > Fixup:
		return errors.Errorf("resnet: Start: got %d, want DefaultStart, ReZero, SkipInit or Fixup", int(s))
	case s != DefaultStart && zeroInit:
		return errors.Errorf("resnet: Start: got %v with ZeroInit, want one of the two: a branch of zeros times 0 has no gradient", s)
	case s.hasNoNorm() && hasNorm:
		return errors.Errorf("resnet: Start: got %v with Norm, want one of the two", s)
	case s == Fixup && preActivation:
		return errors.New("resnet: Start: got fixup with PreActivation, want one of the two")
	}
	return nil
}
