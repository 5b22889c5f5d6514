package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A run adds 16 squares in float32, and then four runs are added. Each square and each addition is rounded to a relative 2^-24. All
// terms are positive, so that the bound on the relative error of the parts holds for the whole.
func TestRoughSquares(t *testing.T) {
	const tolerance = (1 + 16 + 2) * 0x1p-24
	onEach(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{0, 1, 63, 64, 65, 128, 1000, 1024, 1088, 8192, 20_011} {
			for _, scale := range []float64{1, 1e-10, 1e13} {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(scale * rng.NormFloat64() * math.Exp(3*rng.NormFloat64()))
				}
				want := SumSquares(x)
				got, right := FastSumSquares(x)
				if n > 0 && !right || math.Abs(got-want) > tolerance*want {
					t.Errorf("%d numbers of about %g: %g, want %g", n, scale, got, want)
				}
			}
		}
	})
}

// FastSumSquares reports sums whose squares leave float32's range.
func TestRoughSquaresTellWhenTheyAreWrong(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, v := range []float64{0, 1e-25, 1e-40, 1e25, math.Inf(1), math.NaN()} {
			x := make([]float32, 8192)
			for i := range x {
				x[i] = float32(v)
			}
			if sum, right := FastSumSquares(x); right {
				t.Errorf("squares of %g: got %g and right, want not right", v, sum)
			}
		}
	})
}

// Squares that are too small for float32 are left out where they do not count beside others, and only there.
func TestRoughSquaresOfUnequalNumbers(t *testing.T) {
	onEach(t, func(t *testing.T) {
		x := make([]float32, 1<<20)
		for i := range x {
			x[i] = 1e-19 // with a square of 1e-38
		}
		for _, c := range []struct {
			first float32
			right bool
		}{{1e-12, true}, {1e-15, false}} {
			x[0] = c.first
			got, right := FastSumSquares(x)
			if want := SumSquares(x); right != c.right || right && math.Abs(got-want) > 2e-6*want {
				t.Errorf("%g and many of %g: got %g and right %v, want %g and %v", c.first, x[1], got, right, want, c.right)
			}
		}
	})
}
