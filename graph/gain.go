package graph

import (
	"math"

	"github.com/gradflow/gradflow/graph/op"
)

// Gain is the factor by which an initialiser should scale weights before the activation, so that the signal keeps its
// size: HeNormal{Gain: g}, XavierUniform{Gain: g} and so on.
//
//	identity, sigmoid                          1
//	tanh                                       5/3
//	relu                                       sqrt(2)
//	leaky_relu                                 sqrt(2/(1+alpha^2))
//	selu                                       3/4
//	all others                                 1/sqrt(E[φ(z)^2]), z ~ N(0, 1)
//
// Up to selu these are the values of torch.nn.init.calculate_gain; 5/3 and 3/4 are rules of thumb there. PyTorch has none
// for the last row. There the gain brings the mean square of the signal back to 1, the argument of He et al. 2015, eq. 10, for
// ReLU. The argument holds for the forward signal only, and only near that size.
func (a Activation) Gain() float64 {
	switch a.kind {
	case op.Tanh:
		return 5.0 / 3
	case op.ReLU:
		return math.Sqrt2
	case op.LeakyReLU:
		return math.Sqrt(2 / (1 + a.alpha*a.alpha))
	case op.SELU:
		return 3.0 / 4
	case op.ELU:
		return 1 / math.Sqrt(0.5+a.alpha*a.alpha*eluNegativeMeanSquare)
	case op.GELU:
		return 1.5335304411955352
	case op.GELUTanh:
		return 1.5335805216661469
	case op.SiLU:
		return 1.6765324703310912
	case op.Erf:
		return 1.4671669504891385 // E[erf(z)^2] = 2/π·arcsin(2/3): Williams 1997
	case op.Softsign:
		return 2.33753336310854
	case op.Softplus:
		return 1.0418668355353017
	}
	return 1
}

// eluNegativeMeanSquare is E[(e^z-1)^2; z < 0] for z ~ N(0, 1), which is e^2 Φ(-2) - 2 sqrt(e) Φ(-1) + 1/2.
const eluNegativeMeanSquare = 0.14494541749292386
