package op

import "math"

// unaryFunctions are Gorgonia's elementwise functions by the names it writes, besides tanh and sigmoid.
var unaryFunctions = map[string]func(x float64) float64{
	"abs": math.Abs, "sign": sign, "ceil": math.Ceil, "floor": math.Floor,
	"sin": math.Sin, "cos": math.Cos, "exp": math.Exp, "ln": math.Log, "log2": math.Log2,
	"neg":    func(x float64) float64 { return -x },
	"square": func(x float64) float64 { return x * x },
	"sqrt":   math.Sqrt,
	"inv":    func(x float64) float64 { return 1 / x },
	"invSqrt": func(x float64) float64 {
		return 1 / math.Sqrt(x)
	},
	"cube":  func(x float64) float64 { return x * x * x },
	"log1p": math.Log1p, "expm1": math.Expm1, "softplus": softplus,
}

// binaryFunctions are Gorgonia's elementwise functions of two numbers, besides comparisons.
var binaryFunctions = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b },
	"-": func(a, b float64) float64 { return a - b },
	"⊙": func(a, b float64) float64 { return a * b },
	"÷": func(a, b float64) float64 { return a / b },
	"^": math.Pow,
}

// comparisons are Gorgonia's, by their signs. They give 1 or 0.
var comparisons = map[string]kernels{
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
func elementwise2[T Float](f func(a, b float64) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		a, b := c.in[0], c.in[1]
		stepA, stepB := step(a), step(b)
		for i := range c.out {
			c.out[i] = T(f(float64(a[i*stepA]), float64(b[i*stepB])))
		}
		return nil
	}
}
