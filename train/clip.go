package train

import (
	"cmp"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/blas"
)

// ClipNorm is a callback that keeps the gradient of a step from being larger than a bound: if the L2 norm of the gradients
// of all parameters together is above Max, all of them are multiplied with Max/norm before the optimiser sees them (Pascanu
// et al. 2013, alg. 1). The direction stays. What is not finite is left as it is.
type ClipNorm struct {
	Base
	Max float64 // 0 means 1
}

var _ Callback = ClipNorm{}

// Begin checks the configuration.
func (c ClipNorm) Begin(*Run) error {
	if !(c.Max >= 0) || math.IsInf(c.Max, 0) {
		return errors.Errorf("train: ClipNorm.Max is %g, expected a positive number, or 0 for 1", c.Max)
	}
	return nil
}

// BeforeUpdate clips.
func (c ClipNorm) BeforeUpdate(r *Run) error {
	bound, norm := cmp.Or(c.Max, 1), 0.0
	for _, w := range r.Program.Weights {
		if w.Grad != nil {
			norm = math.Hypot(norm, math.Sqrt(squares(w.Grad.Value())))
		}
	}
	if !(norm > bound) || math.IsInf(norm, 0) {
		return nil
	}
	for _, w := range r.Program.Weights {
		if w.Grad != nil {
			scale(w.Grad.Value(), bound/norm)
		}
	}
	return nil
}

// squares is the sum of the squares of a gradient's elements.
func squares(v any) float64 {
	grad, isDense := v.(*tensor.Dense)
	switch {
	case !isDense:
		return 0
	case grad.Dtype() == tensor.Float32:
		return blas.SumSquares(grad.Float32s())
	}
	return blas.SumSquares(grad.Float64s())
}

// scale multiplies a gradient in place.
func scale(v any, factor float64) {
	grad, isDense := v.(*tensor.Dense)
	switch {
	case !isDense:
	case grad.Dtype() == tensor.Float32:
		blas.Scale(grad.Float32s(), float32(factor), grad.Float32s())
	default:
		blas.Scale(grad.Float64s(), factor, grad.Float64s())
	}
}
