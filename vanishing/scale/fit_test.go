package scale

import (
	"math"
	"testing"
)

// A power is found again, and noise gives the interval of a textbook: by hand, for y = ln 2·(0, 1.1, 1.9, 3.1), the slope is 1.01,
// the residuals are (0.005, 0.095, -0.115, 0.075)·ln 2 less their mean, and t(0.975; 2) = 4.30265.
func TestFitPower(t *testing.T) {
	exact := fitPower([]int{8, 16, 32}, [][]float64{{3}, {12}, {48}})
	if math.Abs(exact.Exponent-2) > 1e-12 || exact.High-exact.Low > 1e-6 {
		t.Errorf("got %+v, want 2", exact)
	}
	noisy := fitPower([]int{1, 2, 4, 8}, [][]float64{{1, 1}, {math.Exp2(1), math.Exp2(1.2)}, {math.Exp2(1.9), math.Exp2(1.9)}, {math.Exp2(3.1), math.Exp2(3.1)}})
	rest := 0.0
	for i, y := range []float64{0, 1.1, 1.9, 3.1} {
		d := y - 1.525 - 1.01*(float64(i)-1.5)
		rest += d * d
	}
	half := 4.30265273 * math.Sqrt(rest/2/5)
	if math.Abs(noisy.Exponent-1.01) > 1e-12 || math.Abs(noisy.High-noisy.Exponent-half) > 1e-6 || math.Abs(noisy.Exponent-noisy.Low-half) > 1e-6 {
		t.Errorf("got %+v, want 1.01 ± %g", noisy, half)
	}
	if two := fitPower([]int{1, 2}, [][]float64{{1}, {2}}); two.Exponent != 1 || !math.IsInf(two.High, 1) {
		t.Errorf("two points: got %+v", two)
	}
	for _, v := range []float64{0, math.NaN(), math.Inf(1)} {
		if f := fitPower([]int{1, 2, 4}, [][]float64{{1}, {v}, {1}}); !math.IsNaN(f.Exponent) || f.outside(0, 0) {
			t.Errorf("with %g: got %+v", v, f)
		}
	}
}

func TestHalf(t *testing.T) {
	for _, c := range []struct {
		low, high, want float64
		ok              bool
	}{{0.9, 1.1, 1, true}, {-0.62, -0.58, -0.5, true}, {0.7, 0.8, 0, false}, {0.2, 0.95, 0, false}, {math.Inf(-1), math.Inf(1), 0, false}} {
		if got, ok := (Fit{Low: c.low, High: c.high}).half(); ok != c.ok || ok && got != c.want {
			t.Errorf("[%g, %g]: got %g, %v", c.low, c.high, got, ok)
		}
	}
}
