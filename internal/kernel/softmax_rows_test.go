package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A softmax in two parts has the probabilities of one, whatever the lengths, and what is hidden by -Inf has none.
func TestSoftmaxRowsInParts(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, cols := range []int{3, 16, 48} {
			checkSoftmaxRows[float32](t, cols, 0x1p-18) // the rounding of l, which is up to 64
			checkSoftmaxRows[float64](t, cols, 0x1p-47)
		}
	})
}

func checkSoftmaxRows[T Float](t *testing.T, cols int, tolerance float64) {
	t.Helper()
	const rows = 4
	rng := rand.New(rand.NewPCG(1, uint64(cols)))
	s, hidden := make([]T, 2*rows*cols), T(math.Inf(-1))
	for i := range s {
		if s[i] = T(20 * rng.NormFloat64()); i%5 == 0 || i < cols { // all of the first part of row 0
			s[i] = hidden
		}
	}
	logits := append([]T(nil), s...)
	top, sums := []T{hidden, hidden, hidden, hidden}, make([]float64, 2*rows)
	SoftmaxRows(s[:rows*cols], cols, top, sums[:rows])
	before := append([]T(nil), top...)
	SoftmaxRows(s[rows*cols:], cols, top, sums[rows:])
	for i := range rows {
		sum := sums[rows+i] + sums[i]*math.Exp(float64(before[i]-top[i]))
		l, p := T(float64(top[i])+math.Log(sum)), make([]T, 2)
		for part := range 2 {
			for j := range cols {
				at := (part*rows+i)*cols + j
				p[0], p[1] = logits[at], 3
				SoftmaxSlopes(p[:1], p[1:], 1, []T{l}, []T{1}, 0.5)
				want := float64(s[at]) / sum
				if part == 0 {
					want *= math.Exp(float64(before[i] - top[i]))
				}
				if !(math.Abs(float64(p[0])-want) <= tolerance) || p[1] != 0.5*p[0]*2 {
					t.Errorf("%T, rows of %d: row %d: got probability %g and slope %g, want %g and as much", s[0], cols, i, p[0], p[1], want)
				}
			}
		}
	}
}

// The slopes of whole rows are those of single elements.
func TestSoftmaxSlopes(t *testing.T) {
	onEach(t, func(t *testing.T) {
		s, dp := make([]float32, 64), make([]float32, 64)
		for i := range s {
			s[i], dp[i] = float32(i%7), float32(i%5)
		}
		p, ds := append([]float32(nil), s...), append([]float32(nil), dp...)
		l, delta := []float32{6.5, 7}, []float32{1.5, -2}
		SoftmaxSlopes(p, ds, 32, l, delta, 0.25)
		for i := range s {
			want := math.Exp(float64(s[i] - l[i/32]))
			if e := math.Abs(float64(p[i])/want - 1); !(e <= 0x1p-22) {
				t.Errorf("probability %d: got %g, want %g", i, p[i], want)
			}
			if w := 0.25 * p[i] * (dp[i] - delta[i/32]); !(math.Abs(float64(ds[i]-w)) <= 0x1p-22) {
				t.Errorf("slope %d: got %g, want %g", i, ds[i], w)
			}
		}
	})
}
