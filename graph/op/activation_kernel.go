package op

import "github.com/gradflow/gradflow/internal/kernel"

// Where there is no vector kernel, both directions compute in float64, so that a float32 result is off by little more than
// its rounding. Slopes taken from y are the exception: they come from the rounded y, as in PyTorch, and lose their digits
// where y nears a limit (in float32 sigmoid's is off by 5e-4 of itself at x = 10, and by half at 17).

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
	case SiLU:
		return kernel.SiLUBackward[T]
	case Erf:
		return kernel.ErfBackward[T]
	case SELU:
		return eluBackward(T(-seluFloor), T(seluScale))
	}
	slope, ofY := a.slope(alpha)
	if a == ELU && ofY {
		return eluBackward(T(alpha), 1)
	}
	return mapped(func(dx, v, dy []T) {
		for i, v := range v {
			dx[i] = T(slope(alpha, float64(v)) * float64(dy[i]))
		}
	})
}

// mapped is f on several cores. It flushes nothing.
func mapped[T Float](f func(dst, a, b []T)) func(flushed *kernel.Flushed, dst, a, b []T) {
	return func(_ *kernel.Flushed, dst, a, b []T) { kernel.Map(f, dst, a, b) }
}

// eluBackward is for a function that is a line of a certain slope above 0, and has the slope y + limit below. It computes
// in T, so that the slope is 0 where y has been rounded to its limit.
func eluBackward[T Float](limit, above T) func(flushed *kernel.Flushed, dx, y, dy []T) {
	return mapped(func(dx, y, dy []T) {
		for i, y := range y {
			slope := above
			if y <= 0 {
				slope = y + limit
			}
			dx[i] = dy[i] * slope
		}
	})
}
