package kernel

import "math"

// portable computes a function in plain Go, and functions other than arithmetic through float64. As in the vector kernels, a
// slope is rounded to T before it is multiplied by dy: infinities and NaN then come out alike.
func portable[T Float](f function, dst, a, b []T, argument T) {
	switch f {
	case fnAdd:
		for i := range dst {
			dst[i] = a[i] + b[i]
		}
	case fnSub:
		for i := range dst {
			dst[i] = a[i] - b[i]
		}
	case fnMul:
		for i := range dst {
			dst[i] = a[i] * b[i]
		}
	case fnDiv:
		for i := range dst {
			dst[i] = a[i] / b[i]
		}
	case fnScale:
		for i := range dst {
			dst[i] = argument * a[i]
		}
	case fnRelu:
		for i, x := range a[:len(dst)] {
			if x < 0 {
				x = 0
			}
			dst[i] = x
		}
	case fnReluBackward:
		for i, dy := range b[:len(dst)] {
			if a[i] <= 0 {
				dy = 0
			}
			dst[i] = dy
		}
	case fnRectifyBackward:
		for i, dy := range b[:len(dst)] {
			if a[i] < 0 {
				dy = 0
			}
			dst[i] = dy
		}
	case fnDropoutBackward:
		for i, dy := range b[:len(dst)] {
			dst[i] = 0
			if a[i] != 0 {
				dst[i] = argument * dy
			}
		}
	case fnEluBackward:
		for i := range dst {
			slope := T(1)
			if a[i] <= 0 {
				slope = argument * T(exp(float64(a[i])))
			}
			dst[i] = slope * b[i]
		}
	case fnTanhBackward, fnSigmoidBackward, fnSiluBackward, fnErfBackward, fnGeluBackward, fnGeluTanhBackward:
		slope := scalar(f)
		for i := range dst {
			dst[i] = T(slope(float64(a[i]))) * b[i]
		}
	default:
		g := scalar(f)
		for i := range dst {
			dst[i] = T(g(float64(a[i])))
		}
	}
}

// scalar is the function of one element, or, for a backward function, the slope by which it multiplies dy.
func scalar(f function) func(x float64) float64 {
	switch f {
	case fnTanhBackward:
		return func(y float64) float64 { return 1 - y*y }
	case fnSigmoidBackward:
		return func(y float64) float64 { return y * (1 - y) }
	case fnExp:
		return exp
	case fnSigmoid:
		return sigmoid
	case fnSilu:
		return func(x float64) float64 { return x * sigmoid(x) }
	case fnSiluBackward:
		return func(x float64) float64 {
			y := sigmoid(x)
			return y * (1 + x*(1-y))
		}
	case fnTanh:
		return math.Tanh
	case fnErf:
		return math.Erf
	case fnErfBackward:
		return func(x float64) float64 { return 2 / math.Sqrt(math.Pi) * gauss(x) }
	case fnGelu:
		return func(x float64) float64 { return x * normalCDF(x) }
	case fnGeluBackward:
		return geluSlope
	case fnGeluTanh:
		return func(x float64) float64 { return x * sigmoid(geluTanhArgument(x)) }
	case fnGeluTanhBackward:
		return geluTanhSlope
	}
	panic("kernel: unknown function")
}

// geluSlope is Φ(x) + x·exp(-x²/2)/√(2π).
func geluSlope(x float64) float64 {
	bounded := max(-40, min(40, x)) // where exp is 0, and infinity times 0 would be NaN
	return normalCDF(x) + bounded*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

// geluTanhArgument is 2·√(2/π)·(x + 0.044715·x³).
func geluTanhArgument(x float64) float64 { return 2 * math.Sqrt(2/math.Pi) * x * (1 + 0.044715*x*x) }

// geluTanhSlope is s + x·s·(1 - s)·dz/dx with z = geluTanhArgument(x) and s = sigmoid(z), where 1 - s is s·exp(-z).
func geluTanhSlope(x float64) float64 {
	if x <= -21.15 {
		return 0
	}
	x = min(21.15, x) // where s is 1, and infinity times 0 would be NaN
	e := math.Exp(-geluTanhArgument(x))
	s := 1 / (1 + e)
	return s + x*s*(e*s)*2*math.Sqrt(2/math.Pi)*(1+3*0.044715*x*x)
}

// normalCDF is Φ(x). For large negative x it corrects for the rounding of x/√2, which erfc would amplify.
func normalCDF(x float64) float64 {
	z := -x / math.Sqrt2
	if !(z > 1 && z < 40) {
		return math.Erfc(z) / 2
	}
	// The conversion keeps the compiler from fusing the square into half - square: its rounding would be corrected twice.
	half, square := x*x/2, float64(z*z)
	missing := half - square + (math.FMA(x, x, -2*half)/2 - math.FMA(z, z, -square)) // x²/2 - z², with the rounding of both squares
	return (math.Erfc(z) - missing/z*math.Exp(-square)/math.Sqrt(math.Pi)) / 2
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// exp is math.Exp, whose overflow on amd64 begins below 709.78, the largest x with a finite exp(x).
func exp(x float64) float64 {
	if x > 709 && x < 710 {
		return math.Exp(x-1) * math.E
	}
	return math.Exp(x)
}

// gauss is exp(-x²), corrected for the rounding of the square.
func gauss(x float64) float64 {
	if math.Abs(x) > 40 {
		return 0 // exp(-x²) underflows, and the square could overflow
	}
	square := x * x
	return math.Exp(-square) * (1 - math.FMA(x, x, -square))
}
