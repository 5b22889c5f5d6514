package kernel

import (
	"math"
	"runtime"
	"testing"
)

var functionNames = [numFunctions]string{
	fnAdd: "add", fnSub: "sub", fnMul: "mul", fnDiv: "div", fnScale: "scale", fnRelu: "relu",
	fnReluBackward: "slope of relu", fnRectifyBackward: "slope of rectify", fnDropoutBackward: "slope of dropout", fnTanhBackward: "slope of tanh", fnSigmoidBackward: "slope of sigmoid", fnExp: "exp",
	fnSigmoid: "sigmoid", fnSilu: "silu", fnSiluBackward: "slope of silu", fnEluBackward: "slope of elu", fnTanh: "tanh", fnErf: "erf", fnErfBackward: "slope of erf",
	fnGelu: "gelu", fnGeluBackward: "slope of gelu", fnGeluTanh: "gelu_tanh", fnGeluTanhBackward: "slope of gelu_tanh",
}

// special gives numbers of both signs that arithmetic treats specially, and a few ordinary ones.
func special[T Float]() (list []T) {
	smallest, largest := 0x1p-1022, math.MaxFloat64
	if is32[T]() {
		smallest, largest = 0x1p-126, math.MaxFloat32
	}
	for _, v := range []float64{0, smallest, 2 * smallest, 1e-20, 0.25, 1, 2, 30, 50, 1000, 1e10, 1e18, largest / 2, largest, math.Inf(1)} {
		list = append(list, T(v), T(math.Copysign(v, -1)))
	}
	return append(list, T(math.NaN()))
}

// Plain Go and the vector kernels give the same for special numbers. The sign and payload of a NaN do not
// count, because IEEE 754 leaves them open.
func TestSpecialNumbers(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		KeepSubnormals(keeps)
		onEach(t, func(t *testing.T) {
			for f, name := range functionNames {
				if name == "" {
					t.Errorf("function %d has no name", f)
				}
				checkSpecials[float32](t, function(f), keeps)
				checkSpecials[float64](t, function(f), keeps)
			}
		})
	}
	KeepSubnormals(false)
}

func checkSpecials[T Float](t *testing.T, f function, keeps bool) {
	t.Helper()
	numbers, arguments := special[T](), []T{0}
	switch f {
	case fnScale, fnDropoutBackward:
		arguments = numbers
	case fnEluBackward:
		arguments = []T{0, 1, -1.5}
	}
	for _, argument := range arguments {
		for _, a := range numbers {
			for _, b := range numbers {
				got, want := make([]T, 1), make([]T, 1)
				compute(nil, f, got, []T{a}, []T{b}, argument)
				portable(f, want, []T{a}, []T{b}, argument)
				if !alikeNumbers(got[0], want[0], keeps, f == fnGeluBackward || f == fnGeluTanhBackward) {
					t.Errorf("%s %T of %g and %g with %g: got %g, want %g as in plain Go", functionNames[f], a, a, b, argument, got[0], want[0])
				}
			}
		}
	}
}

// alikeNumbers reports whether a kernel and plain Go give the same result, to a few ulps each. The slope of GELU may differ by 5
// ulps of 1, which are 60 ulps of its value at -1. The kernel flushes subnormal results unless keeps is set. It may also flush a
// result that rounds up to the smallest normal number, because IEEE 754 lets a processor detect underflow before rounding. The
// sign of a zero counts unless anyZero is set, as for slopes of GELU below the type's range: one side rounds a negative slope, and
// the other adds zeros.
func alikeNumbers[T Float](got, want T, keeps, anyZero bool) bool {
	ulp, smallest := 0x1p-52, 0x1p-1022
	if is32[T]() {
		ulp, smallest = 0x1p-23, 0x1p-126
	}
	g, w := float64(got), float64(want)
	switch {
	case g != g || w != w:
		return g != g && w != w
	case g == 0 && (w == 0 || !keeps && math.Abs(w) <= smallest):
		return anyZero || math.Signbit(g) == math.Signbit(w)
	case math.IsInf(g, 0) || math.IsInf(w, 0):
		return g == w
	}
	return math.Abs(g-w) <= 64*ulp*math.Abs(w)
}

// For large |x| the slope of GELU is 1 or 0, even where its terms are infinite.
func TestSlopeOfGELUAtInfinity(t *testing.T) {
	onEach(t, func(t *testing.T) {
		inf := math.Inf(1)
		x, dy, dx := []float64{inf, inf, -inf, -inf, 1e200, -1e200}, []float64{0, 3, 0, 3, 3, 3}, make([]float64, 6)
		GELUBackward(nil, dx, x, dy)
		for i, want := range []float64{0, 3, 0, 0, 3, 0} {
			if dx[i] != want {
				t.Errorf("the gradient at %g is %g for dy = %g, want %g", x[i], dx[i], dy[i], want)
			}
		}
	})
}

// Φ at some numbers, computed with 80 digits. The rounding of x/√2 alone would cost thousands of ulps at the end. On
// some processors the compiler fuses multiplications and additions, which must not undo the correction.
func TestNormalCDFFarOut(t *testing.T) {
	bound := 4.0 // ulps: erfc and exp are good to two and one
	if runtime.GOARCH == "s390x" {
		bound = 130 // math.Erfc in Go's assembly for it is up to 124 ulps off, at 14.85
	}
	for x, want := range map[float64]float64{
		-1.75:   0.04005915686381709,
		-2.625:  0.004332448363012558,
		-5.3:    5.790134039964594e-08,
		-10.1:   2.762109471764517e-24,
		-15.7:   7.56210317468378e-56,
		-20.3:   6.429244467698346e-92,
		-23.673: 3.4213555288818035e-124,
		-30.1:   2.4226672179857586e-199,
		-37.2:   3.412054343470239e-303,
	} {
		got := normalCDF(x)
		if off := math.Abs(got-want) / (math.Nextafter(want, 1) - want); off > bound {
			t.Errorf("Φ(%g): got %g, want %g: they differ by %.0f ulps, more than %g", x, got, want, off, bound)
		}
	}
}
