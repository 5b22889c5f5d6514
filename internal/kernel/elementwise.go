package kernel

// In all functions of this file dst and the inputs have one length, and dst may be one of the inputs.

// Add is a + b.
func Add[T Float](f *Flushed, dst, a, b []T) { apply(f, fnAdd, dst, a, b, 0) }

// Sub is a - b.
func Sub[T Float](f *Flushed, dst, a, b []T) { apply(f, fnSub, dst, a, b, 0) }

// Mul is a·b, element by element.
func Mul[T Float](f *Flushed, dst, a, b []T) { apply(f, fnMul, dst, a, b, 0) }

// Div is a/b, element by element.
func Div[T Float](f *Flushed, dst, a, b []T) { apply(f, fnDiv, dst, a, b, 0) }

// Scale is alpha·x.
func Scale[T Float](f *Flushed, dst []T, alpha T, x []T) { apply(f, fnScale, dst, x, x, alpha) }

// ReLU is max(0, x). A NaN stays, and so does -0.
func ReLU[T Float](f *Flushed, dst, x []T) { apply(f, fnRelu, dst, x, x, 0) }

// ReLUBackward is dy where y > 0 or y is NaN, and 0 elsewhere, also where dy is infinite.
func ReLUBackward[T Float](f *Flushed, dx, y, dy []T) { apply(f, fnReluBackward, dx, y, dy, 0) }

// RectifyBackward is dy where x >= 0 or x is NaN, and 0 elsewhere: the gradient of gorgonia.Rectify.
func RectifyBackward[T Float](f *Flushed, dx, x, dy []T) { apply(f, fnRectifyBackward, dx, x, dy, 0) }

// DropoutBackward is alpha·dy where y is not 0, and 0 elsewhere.
func DropoutBackward[T Float](f *Flushed, dx []T, alpha T, y, dy []T) {
	apply(f, fnDropoutBackward, dx, y, dy, alpha)
}

// TanhBackward is dy·(1 - y²) for y = tanh(x).
func TanhBackward[T Float](f *Flushed, dx, y, dy []T) { apply(f, fnTanhBackward, dx, y, dy, 0) }

// SigmoidBackward is dy·y·(1 - y) for y = 1/(1 + exp(-x)).
func SigmoidBackward[T Float](f *Flushed, dx, y, dy []T) { apply(f, fnSigmoidBackward, dx, y, dy, 0) }

// Exp is exp(x), to 2 ulp.
func Exp[T Float](f *Flushed, dst, x []T) { apply(f, fnExp, dst, x, x, 0) }

// Sigmoid is 1/(1 + exp(-x)), to 3 ulp.
func Sigmoid[T Float](f *Flushed, dst, x []T) { apply(f, fnSigmoid, dst, x, x, 0) }

// SiLU is x/(1 + exp(-x)), to 4 ulp. Where exp(-x) overflows, a result below 1e-36 in magnitude may be 0.
func SiLU[T Float](f *Flushed, dst, x []T) { apply(f, fnSilu, dst, x, x, 0) }

// SiLUBackward is dy times the derivative of SiLU at x.
func SiLUBackward[T Float](f *Flushed, dx, x, dy []T) { apply(f, fnSiluBackward, dx, x, dy, 0) }

// ELUBackward is dy where x > 0, and dy·alpha·exp(x) elsewhere; the slope alpha·exp(x) is right to 4 ulp.
func ELUBackward[T Float](f *Flushed, dx []T, alpha T, x, dy []T) {
	apply(f, fnEluBackward, dx, x, dy, alpha)
}

// Tanh is tanh(x), to 3 ulp.
func Tanh[T Float](f *Flushed, dst, x []T) { apply(f, fnTanh, dst, x, x, 0) }

// Erf is the error function 2/√π·∫exp(-t²), t from 0 to x, to 3 ulp.
func Erf[T Float](f *Flushed, dst, x []T) { apply(f, fnErf, dst, x, x, 0) }

// ErfBackward is dy times the derivative of Erf at x, to 5 ulp.
func ErfBackward[T Float](f *Flushed, dx, x, dy []T) { apply(f, fnErfBackward, dx, x, dy, 0) }

// GELU is x·Φ(x), with Φ the distribution function of the normal distribution, to 5 ulp in float32 and 7 in
// float64. A result below 1e-36 in magnitude may be 0.
func GELU[T Float](f *Flushed, dst, x []T) { apply(f, fnGelu, dst, x, x, 0) }

// GELUBackward is dy times the derivative of GELU at x, which is right to 5 ulp of 1, also where x is infinite.
func GELUBackward[T Float](f *Flushed, dx, x, dy []T) { apply(f, fnGeluBackward, dx, x, dy, 0) }

// GELUTanh is x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), to 5 ulp in float32 and to 5 ulp of max(1, |x|) in float64.
func GELUTanh[T Float](f *Flushed, dst, x []T) { apply(f, fnGeluTanh, dst, x, x, 0) }

// GELUTanhBackward is dy times the derivative of GELUTanh at x, which is right to 5 ulp of 1, also where x is infinite.
func GELUTanhBackward[T Float](f *Flushed, dx, x, dy []T) { apply(f, fnGeluTanhBackward, dx, x, dy, 0) }
