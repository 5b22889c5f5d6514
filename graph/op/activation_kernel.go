package op

import "github.com/gradflow/gradflow/internal/kernel"

// Where there is no vector kernel, both directions compute in float64, so that the error of a float32 result is little more than
// its rounding. Slopes as functions of y are the exception, because they read the rounded y: see [Activate] for their errors.

func activate[T Float](a Activation, alpha float64) func(*call[T]) error {
	f := activation[T](a, alpha)
	return func(c *call[T]) error {
		f(c.flushed, c.out, c.in[0])
		return nil
	}
}

// activation is φ on slices.
func activation[T Float](a Activation, alpha float64) func(flushed *kernel.Flushed, y, x []T) {
	switch a {
	case ReLU:
		return kernel.ReLU[T]
	case Tanh:
		return kernel.Tanh[T]
	case Sigmoid:
		return kernel.Sigmoid[T]
	case GELU:
		return kernel.GELU[T]
	case GELUTanh:
		return kernel.GELUTanh[T]
	case SiLU:
		return kernel.SiLU[T]
	case Erf:
		return kernel.Erf[T]
	case Identity:
		return func(_ *kernel.Flushed, y, x []T) { copy(y, x) }
	}
	eval := activations[a].eval
	each := func(y, x, _ []T) {
		for i, v := range x {
			y[i] = T(eval(alpha, float64(v)))
		}
	}
	return func(_ *kernel.Flushed, y, x []T) { kernel.Map(each, y, x, x) }
}

// activationGradient is the kernel of dx = dy·φ', from y or x and dy.
func activationGradient[T Float](a Activation, alpha float64) func(*call[T]) error {
	f := activationBackward[T](a, alpha)
	return func(c *call[T]) error {
		f(c.flushed, c.out, c.in[0], c.in[1])
		return nil
	}
}

// activationBackward is dx = dy·φ' on slices, where v is y or x; see Activation.slope.
func activationBackward[T Float](a Activation, alpha float64) func(flushed *kernel.Flushed, dx, v, dy []T) {
	switch a {
	case ReLU:
		return kernel.ReLUBackward[T]
	case Tanh:
		return kernel.TanhBackward[T]
	case Sigmoid:
		return kernel.SigmoidBackward[T]
	case GELU:
		return kernel.GELUBackward[T]
	case GELUTanh:
		return kernel.GELUTanhBackward[T]
	case SiLU:
		return kernel.SiLUBackward[T]
	case Erf:
		return kernel.ErfBackward[T]
	case ELU:
		return func(flushed *kernel.Flushed, dx, x, dy []T) { kernel.ELUBackward(flushed, dx, T(alpha), x, dy) }
	case SELU:
		return func(flushed *kernel.Flushed, dx, x, dy []T) {
			kernel.ELUBackward(flushed, dx, T(seluAlpha), x, dy)
			kernel.Scale(flushed, dx, T(seluScale), dx)
		}
	}
	slope, _ := a.slope(alpha)
	each := func(dx, v, dy []T) {
		for i, v := range v {
			dx[i] = T(slope(alpha, float64(v)) * float64(dy[i]))
		}
	}
	return func(_ *kernel.Flushed, dx, v, dy []T) { kernel.Map(each, dx, v, dy) }
}
