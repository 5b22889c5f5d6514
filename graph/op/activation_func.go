package op

import "math"

// activations holds each φ(x) with its derivative, as a function of y = φ(x), of x, or of either. If there are both, slopeOfY
// holds only for alpha >= 0. A slope that would be a small difference of large numbers as a function of y is a function of x,
// except for sigmoid and tanh: see [Activate].
var activations = [numActivations]struct {
	name     string
	eval     func(alpha, x float64) float64
	slopeOfY func(alpha, y float64) float64
	slopeOfX func(alpha, x float64) float64
}{
	// max(0, x). Nair & Hinton 2010.
	ReLU: {name: "relu",
		eval:     func(_, x float64) float64 { return max(0, x) },
		slopeOfY: func(_, y float64) float64 { return leakySlope(0, y) }},
	// x, or alpha·x on the negative side. Maas et al. 2013.
	LeakyReLU: {name: "leaky_relu", eval: leaky, slopeOfY: leakySlope, slopeOfX: leakySlope},
	// x, or alpha·(exp(x) - 1) on the negative side. Clevert et al. 2016, eq. 15. The slope y + alpha would cancel.
	ELU: {name: "elu", eval: elu, slopeOfX: eluSlope},
	// λ·ELU(alpha) with the constants that keep mean 0 and variance 1. Klambauer et al. 2017, eq. 2.
	SELU: {name: "selu",
		eval:     func(_, x float64) float64 { return seluScale * elu(seluAlpha, x) },
		slopeOfX: func(_, x float64) float64 { return seluScale * eluSlope(seluAlpha, x) }},
	// x·Φ(x), Φ the normal distribution function. Hendrycks & Gimpel 2016, sec. 2.
	GELU: {name: "gelu",
		eval:     func(_, x float64) float64 { return x * normalCDF(x) },
		slopeOfX: func(_, x float64) float64 { return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi) }},
	// x/2·(1 + tanh(sqrt(2/π)·(x + 0.044715 x³))). Hendrycks & Gimpel 2016, sec. 2.
	GELUTanh: {name: "gelu_tanh",
		eval:     func(_, x float64) float64 { return x * sigmoid(2*geluInner(x)) }, // in which nothing cancels for x < 0
		slopeOfX: func(_, x float64) float64 { return geluTanhSlope(x) }},
	// x·σ(x). Elfwing et al. 2017; Ramachandran et al. 2017 ("swish").
	SiLU: {name: "silu",
		eval:     func(_, x float64) float64 { return x * sigmoid(x) },
		slopeOfX: func(_, x float64) float64 { return siluSlope(x) }},
	// 1/(1 + exp(-x)). The derivative is 0 where y has been rounded to 1.
	Sigmoid: {name: "sigmoid",
		eval:     func(_, x float64) float64 { return sigmoid(x) },
		slopeOfY: func(_, y float64) float64 { return y * (1 - y) }},
	// (exp(x) - exp(-x))/(exp(x) + exp(-x)). The derivative is 0 where y has been rounded to 1 or -1.
	Tanh: {name: "tanh",
		eval:     func(_, x float64) float64 { return math.Tanh(x) },
		slopeOfY: func(_, y float64) float64 { return 1 - y*y }},
	// 2/sqrt(π) times the integral of exp(-t²) from 0 to x. Its mean-field theory is exact: Williams 1997; Saad & Solla 1995.
	Erf: {name: "erf",
		eval:     func(_, x float64) float64 { return math.Erf(x) },
		slopeOfX: func(_, x float64) float64 { return 2 / math.Sqrt(math.Pi) * math.Exp(-x*x) }},
	// x/(1 + |x|), which reaches its limits far more slowly than tanh. Bergstra et al. 2009; Glorot & Bengio 2010, sec. 2.3.
	// Its derivative (1 - |y|)² is taken from x, because y near a limit has lost digits.
	Softsign: {name: "softsign",
		eval:     func(_, x float64) float64 { return x / (1 + math.Abs(x)) },
		slopeOfX: func(_, x float64) float64 { return 1 / ((1 + math.Abs(x)) * (1 + math.Abs(x))) }},
	// log(1 + exp(x)). Dugas et al. 2001. The derivative is sigmoid(x) = 1 - exp(-y).
	Softplus: {name: "softplus",
		eval:     func(_, x float64) float64 { return softplus(x) },
		slopeOfY: func(_, y float64) float64 { return -math.Expm1(-y) }},
	// x.
	Identity: {name: "identity",
		eval:     func(_, x float64) float64 { return x },
		slopeOfY: func(_, _ float64) float64 { return 1 }},
}

const (
	seluAlpha = 1.6732632423543772848170429916717
	seluScale = 1.0507009873554804934193349852946
)

func leaky(alpha, x float64) float64 {
	if x <= 0 {
		return alpha * x
	}
	return x
}

func leakySlope(alpha, x float64) float64 {
	if x <= 0 {
		return alpha
	}
	return 1
}

func elu(alpha, x float64) float64 {
	if x <= 0 {
		return alpha * math.Expm1(x)
	}
	return x
}

func eluSlope(alpha, x float64) float64 {
	if x <= 0 {
		return alpha * math.Exp(x)
	}
	return 1
}

// sigmoid is right for large negative x too, where exp overflows to +Inf and 1/(1 + Inf) is 0.
func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func siluSlope(x float64) float64 {
	y := sigmoid(x)
	return y * (1 + x*(1-y))
}

// softplus is log(1 + exp(x)) for any x.
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func geluInner(x float64) float64 { return math.Sqrt(2/math.Pi) * (x + 0.044715*x*x*x) }

func geluTanhSlope(x float64) float64 {
	t := math.Tanh(geluInner(x))
	sech2 := 1 - t*t
	if sech2 == 0 { // for large |x|, where the inner slope may be infinite
		return (1 + t) / 2
	}
	return (1+t)/2 + x/2*sech2*math.Sqrt(2/math.Pi)*(1+3*0.044715*x*x)
}
