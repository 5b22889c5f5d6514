package vecnorm

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// The relative error of a float64 sum of n terms is at most n·1.1e-16; the square root halves it. The tests sum 1000 terms.
const normTolerance = 1e-13

func randomSlice(scale float64, n int) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		x[i] = scale * rng.NormFloat64()
	}
	return x
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// exactL2 is the norm in 200 bits.
func exactL2[T kernel.Float](x []T) float64 {
	sum := new(big.Float).SetPrec(200)
	for _, v := range x {
		f := new(big.Float).SetPrec(200).SetFloat64(float64(v))
		sum.Add(sum, f.Mul(f, f))
	}
	norm, _ := sum.Sqrt(sum).Float64()
	return norm
}

func expectClose(t *testing.T, what string, got, want float64) {
	t.Helper()
	within(t, what, got, want, normTolerance)
}

func within(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s: got %g, want %g", what, got, want)
	}
}

func TestNormsKeepTheirPrecisionAtAnyScale(t *testing.T) {
	for _, scale := range []float64{1e-310, 1e-200, 1e-160, 1e-140, 1e-25, 1, 1e25, 1e140, 1e160, 1e200, 1e304} {
		x := randomSlice(scale, 1000)
		expectClose(t, "l2 of float64", L2(x), exactL2(x))
		expectClose(t, "rms of float64", RMS(x), exactL2(x)/math.Sqrt(1000))
	}
	for _, scale := range []float64{1e-44, 1e-38, 1e-25, 1, 1e25, 1e37} {
		x := narrow(randomSlice(scale, 1000))
		tolerance := normTolerance
		if scale == 1 { // summed partly in float32: see kernel.FastSumSquares, whose error the root halves
			tolerance = 1e-6
		}
		within(t, "l2 of float32", L2(x), exactL2(x), tolerance)
		within(t, "rms of float32", RMS(x), exactL2(x)/math.Sqrt(1000), tolerance)
	}
}

// One large element among many whose squares underflow, and the reverse.
func TestNormsOfMixedScales(t *testing.T) {
	x := append(randomSlice(1e-170, 500), 3)
	expectClose(t, "l2", L2(x), 3)
	x = append(randomSlice(1, 500), 1e200)
	expectClose(t, "l2", L2(x), 1e200)
}

func TestMeanAndStd(t *testing.T) {
	for _, scale := range []float64{1e-200, 1, 1e200} {
		mean, std := MeanStd([]float64{1 * scale, 2 * scale, 3 * scale, 6 * scale})
		expectClose(t, "mean", mean, 3*scale)
		expectClose(t, "std", std, math.Sqrt(3.5)*scale) // (4 + 1 + 0 + 9)/4
	}
	mean, std := MeanStd([]float64{1.5e308, 1.5e308, 1.2e308})
	expectClose(t, "mean near the end of float64", mean, 1.4e308)
	expectClose(t, "std near the end of float64", std, math.Sqrt(0.02)*1e308)
}

// A large mean must not cost the deviation its digits.
func TestStdAroundALargeMean(t *testing.T) {
	mean, std := MeanStd([]float32{1e6 - 1, 1e6 + 1})
	expectClose(t, "mean", mean, 1e6)
	expectClose(t, "std", std, 1)
}

// The same for numbers that are rounded themselves: E(x²) - mean² would keep two digits of their variance of 14.
func TestStdOfRoundedNumbers(t *testing.T) {
	x := make([]float64, 1000)
	sum, squares := 0.0, 0.0
	for i := range x {
		v := math.Sin(float64(i) * 1.7)
		x[i] = 3e7 + v
		sum, squares = sum+v, squares+v*v
	}
	_, std := MeanStd(x)
	want := math.Sqrt(squares/1000 - sum*sum/1e6)
	if math.Abs(std/want-1) > 1e-8 { // each number is rounded by 3.7e-9 at most
		t.Errorf("got %v, want %v", std, want)
	}
}

func TestAbsoluteValues(t *testing.T) {
	norm, largest, mean := AbsStats([]float32{3, -4, 0, 0})
	expectClose(t, "norm", norm, 5)
	expectClose(t, "largest", largest, 4)
	expectClose(t, "mean", mean, 7.0/4)
}

func TestNormsOfNothingAndZero(t *testing.T) {
	for _, x := range [][]float64{nil, {0}, {0, 0, 0}} {
		mean, std := MeanStd(x)
		for _, v := range []float64{L2(x), RMS(x), mean, std} {
			if v != 0 {
				t.Errorf("of %v: got %g, want 0", x, v)
			}
		}
	}
}

func TestNonFiniteElementsComeOut(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, x := range [][]float64{{1, inf}, {-inf, 1}} {
		if got := L2(x); got != inf {
			t.Errorf("l2 of %v: got %g, want +Inf", x, got)
		}
		if got := RMS(x); got != inf {
			t.Errorf("rms of %v: got %g, want +Inf", x, got)
		}
		if mean, std := MeanStd(x); stat.Finite(mean) || stat.Finite(std) {
			t.Errorf("mean and std of %v: got %g and %g, want none finite", x, mean, std)
		}
	}
	for _, x := range [][]float64{{nan, 1}, {1, nan}, {inf, nan}, {nan, inf}} {
		mean, std := MeanStd(x)
		for _, v := range []float64{L2(x), RMS(x), mean, std} {
			if !math.IsNaN(v) {
				t.Errorf("of %v: got %g, want NaN", x, v)
			}
		}
	}
}
