package blas

import "math"

// portable computes a function in plain Go, through float64.
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
	case fnAxpy:
		for i := range dst {
			dst[i] = argument*a[i] + b[i]
		}
	case fnRelu:
		for i := range dst {
			dst[i] = max(0, a[i])
		}
	default:
		g := scalar(f)
		for i := range dst {
			dst[i] = T(g(float64(a[i]), float64(b[i])))
		}
	}
}

// scalar is a function of one element.
func scalar(f function) func(a, b float64) float64 {
	switch f {
	case fnReluBackward:
		return func(y, dy float64) float64 {
			if y <= 0 {
				return 0
			}
			return dy
		}
	case fnTanhBackward:
		return func(y, dy float64) float64 { return dy * (1 - y*y) }
	case fnSigmoidBackward:
		return func(y, dy float64) float64 { return dy * y * (1 - y) }
	case fnExp:
		return func(x, _ float64) float64 { return exp(x) }
	case fnSigmoid:
		return func(x, _ float64) float64 { return sigmoid(x) }
	case fnSilu:
		return func(x, _ float64) float64 { return x * sigmoid(x) }
	case fnSiluBackward:
		return func(x, dy float64) float64 {
			y := sigmoid(x)
			return dy * y * (1 + x*(1-y))
		}
	case fnTanh:
		return func(x, _ float64) float64 { return math.Tanh(x) }
	case fnErf:
		return func(x, _ float64) float64 { return math.Erf(x) }
	case fnErfBackward:
		return func(x, dy float64) float64 { return dy * 2 / math.Sqrt(math.Pi) * gauss(x) }
	case fnGelu:
		return func(x, _ float64) float64 { return x * normalCDF(x) }
	case fnGeluBackward:
		return func(x, dy float64) float64 {
			return dy * (normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
		}
	}
	panic("blas: unknown function")
}

// normalCDF is Φ(x). Far out on the negative side the rounding of x/√2 would be blown up by its size, and is made up for.
func normalCDF(x float64) float64 {
	z := -x / math.Sqrt2
	if !(z > 1 && z < 40) {
		return math.Erfc(z) / 2
	}
	// The conversion keeps the compiler from fusing the square into half - square: its rounding would be made up for twice.
	half, square := x*x/2, float64(z*z)
	missing := half - square + (math.FMA(x, x, -2*half)/2 - math.FMA(z, z, -square)) // of z²
	return (math.Erfc(z) - missing/z*math.Exp(-square)/math.Sqrt(math.Pi)) / 2
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// exp is math.Exp, which on amd64 overflows a little too soon.
func exp(x float64) float64 {
	if x > 709 && x < 710 {
		return math.Exp(x-1) * math.E
	}
	return math.Exp(x)
}

// gauss is exp(-x²), with the rounding of the square made up for.
func gauss(x float64) float64 {
	if math.Abs(x) > 40 {
		return 0 // less than any float64, and the square could overflow
	}
	square := x * x
	return math.Exp(-square) * (1 - math.FMA(x, x, -square))
}
