package op

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
)

// unaryFunctions are Gorgonia's elementwise functions by the names it writes, besides tanh and sigmoid.
var unaryFunctions = map[string]func(x float64) float64{
	"abs": math.Abs, "sign": sign, "ceil": math.Ceil, "floor": math.Floor,
	"sin": math.Sin, "cos": math.Cos, "exp": math.Exp, "ln": math.Log, "log2": math.Log2,
	"square": func(x float64) float64 { return x * x },
	"sqrt":   math.Sqrt,
	"inv":    func(x float64) float64 { return 1 / x },
	"invSqrt": func(x float64) float64 {
		return 1 / math.Sqrt(x)
	},
	"cube":  func(x float64) float64 { return x * x * x },
	"log1p": math.Log1p, "expm1": math.Expm1, "softplus": softplus,
}

// binaryKernels are Gorgonia's elementwise operations on two tensors of one shape, or on a tensor and a scalar, by their signs.
// Comparisons give 1 or 0.
var binaryKernels = map[string]kernels{
	"+": {elementwise2(func(a, b float32) float32 { return a + b }), elementwise2(func(a, b float64) float64 { return a + b })},
	"-": {elementwise2(func(a, b float32) float32 { return a - b }), elementwise2(func(a, b float64) float64 { return a - b })},
	"⊙": {elementwise2(func(a, b float32) float32 { return a * b }), elementwise2(func(a, b float64) float64 { return a * b })},
	"÷": {elementwise2(func(a, b float32) float32 { return a / b }), elementwise2(func(a, b float64) float64 { return a / b })},
	"^": {elementwise2(func(a, b float32) float32 { return float32(math.Pow(float64(a), float64(b))) }), elementwise2(math.Pow)},

	"<":  {compare(func(a, b float32) bool { return a < b }), compare(func(a, b float64) bool { return a < b })},
	">":  {compare(func(a, b float32) bool { return a > b }), compare(func(a, b float64) bool { return a > b })},
	"<=": {compare(func(a, b float32) bool { return a <= b }), compare(func(a, b float64) bool { return a <= b })},
	">=": {compare(func(a, b float32) bool { return a >= b }), compare(func(a, b float64) bool { return a >= b })},
	"==": {compare(func(a, b float32) bool { return a == b }), compare(func(a, b float64) bool { return a == b })},
	"!=": {compare(func(a, b float32) bool { return a != b }), compare(func(a, b float64) bool { return a != b })},
}

// compare takes two tensors of one shape, or a tensor and a scalar.
func compare[T Float](is func(a, b T) bool) func(*call[T]) error {
	return func(c *call[T]) error {
		a, b := c.in[0], c.in[1]
		stepA, stepB := step(a), step(b)
		for i := range c.out {
			c.out[i] = 0
			if is(a[i*stepA], b[i*stepB]) {
				c.out[i] = 1
			}
		}
		return nil
	}
}

// step is the distance from one element that is read to the next: 0 in a scalar.
func step[T Float](x []T) int {
	if len(x) == 1 {
		return 0
	}
	return 1
}

func elementwise1[T Float](f func(x float64) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		for i, x := range c.in[0] {
			c.out[i] = T(f(float64(x)))
		}
		return nil
	}
}

// elementwise2 takes two tensors of one shape, or a tensor and a scalar.
func elementwise2[T Float](f func(a, b T) T) func(*call[T]) error {
	return func(c *call[T]) error {
		a, b := c.in[0], c.in[1]
		stepA, stepB := step(a), step(b)
		for i := range c.out {
			c.out[i] = f(a[i*stepA], b[i*stepB])
		}
		return nil
	}
}

// scaleBy multiplies a tensor by a scalar, which is input i of two.
func scaleBy[T Float](i int) func(*call[T]) error {
	return func(c *call[T]) error {
		kernel.Scale(c.flushed, c.out, c.in[i][0], c.in[1-i])
		return nil
	}
}
