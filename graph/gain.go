package graph

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Gain returns the factor by which an initialiser should scale weights that
// stand before the given activation, so that the signal keeps its size:
// HeNormal{Gain: g}, XavierUniform{Gain: g} and so on.
//
//	linear, identity, sigmoid                  1
//	tanh                                       5/3
//	relu                                       sqrt(2)
//	leaky_relu                                 sqrt(2/(1+alpha^2))
//	selu                                       3/4
//	elu, gelu, gelu_tanh, silu, softplus       1/sqrt(E[phi(z)^2]), z ~ N(0, 1)
//
// Up to selu these are the values of torch.nn.init.calculate_gain; 5/3 and 3/4
// are rules of thumb there. PyTorch has none for the last row, where the
// argument of He et al. 2015, eq. 10, is followed as for ReLU: the gain brings
// the mean square of the signal back to 1. It speaks of the forward signal
// only, and only near that size.
//
// Alpha is the slope of leaky_relu or the alpha of elu, taken as it is (there
// is no default); the other activations ignore it.
func Gain(activation string, alpha float64) (float64, error) {
	switch activation {
	case "leaky_relu":
		if !isFinite(alpha) {
			return 0, errors.Errorf("graph: gain of leaky_relu: slope is %v, want a finite number", alpha)
		}
		return math.Sqrt(2 / (1 + alpha*alpha)), nil
	case "elu":
		if !isFinite(alpha) {
			return 0, errors.Errorf("graph: gain of elu: alpha is %v, want a finite number", alpha)
		}
		return 1 / math.Sqrt(0.5+alpha*alpha*eluNegativeMeanSquare), nil
	}

	i := slices.IndexFunc(fixedGains, func(f fixedGain) bool { return f.activation == activation })
	if i < 0 {
		return 0, errors.Errorf("graph: no gain for activation %q; there are %s", activation, gainNames())
	}
	return fixedGains[i].gain, nil
}

type fixedGain struct {
	activation string
	gain       float64
}

var fixedGains = []fixedGain{
	{"linear", 1},
	{"identity", 1},
	{"sigmoid", 1},
	{"tanh", 5.0 / 3},
	{"relu", math.Sqrt2},
	{"selu", 3.0 / 4},
	{"gelu", 1.5335304411955352},
	{"gelu_tanh", 1.5335805216661469},
	{"silu", 1.6765324703310912},
	{"softplus", 1.0418668355353017},
}

// eluNegativeMeanSquare is E[(e^z-1)^2; z < 0] for z ~ N(0, 1), which is
// e^2 Phi(-2) - 2 sqrt(e) Phi(-1) + 1/2.
const eluNegativeMeanSquare = 0.14494541749292386

func gainNames() string {
	names := []string{"leaky_relu", "elu"}
	for _, f := range fixedGains {
		names = append(names, f.activation)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
