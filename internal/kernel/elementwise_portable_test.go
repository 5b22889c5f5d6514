package kernel

import (
	"math"
	"runtime"
	"testing"
)

var functionNames = [numFunctions]string{
	fnAdd: "add", fnSub: "sub", fnMul: "mul", fnDiv: "div", fnScale: "scale", fnRelu: "relu",
	fnReluBackward: "slope of relu", fnTanhBackward: "slope of tanh", fnSigmoidBackward: "slope of sigmoid", fnExp: "exp",
	fnSigmoid: "sigmoid", fnSilu: "silu", fnSiluBackward: "slope of silu", fnEluBackward: "slope of elu", fnTanh: "tanh", fnErf: "erf", fnErfBackward: "slope of erf",
	fnGelu: "gelu", fnGeluBackward: "slope of gelu",
}

// special gives numbers of both signs that arithmetic treats in ways of their own, and a few that it does not.
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

// Plain Go and the vector kernels give the same for special numbers. Of a NaN neither sign nor payload counts: IEEE 754 leaves
// open which operand's it has, and of which sign a new one is.
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
	case fnScale:
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
				if !alikeNumbers(got[0], want[0], keeps, f == fnGeluBackward) {
					t.Errorf("%s %T of %g and %g with %g: got %g, want %g as in plain Go", functionNames[f], a, a, b, argument, got[0], want[0])
				}
			}
		}
	}
}

// alikeNumbers compares a result of a kernel with that of plain Go. Either is right to a few units in the last place; the slope
// of GELU to 5 of 1, which is 60 at -1. A subnormal result is zero unless such are kept; so may be one that rounding has made
// the smallest normal number, as IEEE 754 leaves open whether it is looked at before. The sign of a zero counts, except that of
// GELU's slope where it is too small for the type: one rounds a negative slope and the other a sum of zeros.
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

// Far out the slope of GELU is 1 or 0, also where its terms are infinite.
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

// Φ at some numbers, computed with 80 digits. The rounding of x/√2 alone would make thousands of ulps of an error at the end.
// The compiler of some processors fuses multiplications and additions, which must not undo what makes up for it.
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
			t.Errorf("Φ(%g) = %g, want %g: %.0f ulps off, more than %g", x, got, want, off, bound)
		}
	}
}
