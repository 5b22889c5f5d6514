package initializer

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

// A Varied is an [Initializer] that declares the variance of its numbers. All rules of this package do.
type Varied interface {
	Initializer

	// Variance is the variance of one element. It is false if Fill would return an error.
	Variance(fan Fan, shape tensor.Shape) (float64, bool)
}

var _ = []Varied{
	Constant{}, Uniform{}, Normal{}, XavierUniform{}, XavierNormal{}, HeUniform{}, HeNormal{}, LeCunUniform{}, LeCunNormal{},
	TorchDefault{}, Orthogonal{}, DeltaOrthogonal{}, Scaled{},
}

// Variance is the variance of one element of what init draws for a parameter of this fan and shape, by the rule and not by
// measurement. It is false if init is not [Varied], or cannot draw such a parameter.
func Variance(init Initializer, fan Fan, shape tensor.Shape) (variance float64, known bool) {
	v, known := init.(Varied)
	if !known {
		return 0, false
	}
	return v.Variance(fan, shape)
}

// Variance implements [Varied]. It is 0: biases usually start so.
func (c Constant) Variance(Fan, tensor.Shape) (float64, bool) { return 0, isFinite(c.Value) }

// Variance implements [Varied]. It is (High-Low)^2/12.
func (u Uniform) Variance(Fan, tensor.Shape) (float64, bool) {
	width := u.High - u.Low
	return width * width / 12, width >= 0 && isFinite(width)
}

// Variance implements [Varied]. It is Std^2.
func (n Normal) Variance(Fan, tensor.Shape) (float64, bool) {
	return n.Std * n.Std, n.Std >= 0 && isFinite(n.Std) && isFinite(n.Mean)
}

// Variance implements [Varied]. It is 2 Gain^2/(in+out).
func (x XavierUniform) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(xavierStd(x.Gain, fan))
}

// Variance implements [Varied]. It is 2 Gain^2/(in+out).
func (x XavierNormal) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(xavierStd(x.Gain, fan))
}

// Variance implements [Varied]. It is Gain^2/in, or Gain^2/out with FanOut.
func (h HeUniform) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(heStd(h.Gain, fan, h.FanOut))
}

// Variance implements [Varied]. It is Gain^2/in, or Gain^2/out with FanOut.
func (h HeNormal) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(heStd(h.Gain, fan, h.FanOut))
}

// Variance implements [Varied]. It is 1/in.
func (LeCunUniform) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(fanStd(1, fan.In))
}

// Variance implements [Varied]. It is 1/in.
func (LeCunNormal) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(fanStd(1, fan.In))
}

// Variance implements [Varied]. It is 1/(3 in), for weights and biases.
func (TorchDefault) Variance(fan Fan, _ tensor.Shape) (float64, bool) {
	return squared(fanStd(1/math.Sqrt(3), fan.In))
}

// Variance implements [Varied]. It is Gain^2/max(rows, columns), as each of the longer rows or columns has the norm Gain.
// Unlike with the other rules the elements are not independent: all singular values are Gain, and not only on average.
func (o Orthogonal) Variance(_ Fan, shape tensor.Shape) (float64, bool) {
	gain, err := positiveGain(o.Gain, 1)
	n, shapeErr := tensors.Size(shape)
	if err != nil || shapeErr != nil || len(shape) < 2 {
		return 0, false
	}
	return gain * gain / float64(max(shape[0], n/shape[0])), true
}

// squared is the variance of a standard deviation.
func squared(std float64, err error) (float64, bool) { return std * std, err == nil }
