package vanishing

import (
	"math"
	"math/rand/v2"
	"testing"
)

// pairCosines is the mean cosine by its definition.
func pairCosines(t *tokens, x []float64, lengths []int) float64 {
	total := 0.0
	for sample := range t.batch {
		sum, pairs := 0.0, 0.0
		for i := range lengths[sample] {
			for j := range i {
				a, b := x[(sample*t.time+i)*t.width:][:t.width], x[(sample*t.time+j)*t.width:][:t.width]
				dot, aa, bb := 0.0, 0.0, 0.0
				for k := range a {
					dot, aa, bb = dot+a[k]*b[k], aa+a[k]*a[k], bb+b[k]*b[k]
				}
				sum, pairs = sum+dot/math.Sqrt(aa*bb), pairs+1
			}
		}
		total += sum / pairs
	}
	return total / float64(t.batch)
}

// The cosine of tokens is the mean over all pairs, in both types; padding does not count. In float32 each of the squares of a token's norm
// is rounded by 2^-24, and there are no more than a hundred.
func TestCosineOfTokens(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	shape := &tokens{batch: 3, time: 5, width: 4}
	x, single := make([]float64, 60), make([]float32, 60)
	for i := range x {
		single[i] = float32(1 + rng.NormFloat64())
		x[i] = float64(single[i])
	}
	for _, lengths := range [][]int{nil, {5, 2, 3}} {
		all := lengths
		if all == nil {
			all = []int{5, 5, 5}
		}
		want := pairCosines(shape, x, all)
		if got := meanCosine(shape, x, lengths); !(math.Abs(got-want) <= 1e-14) {
			t.Errorf("lengths %v: got %g, want %g", lengths, got, want)
		}
		if got := meanCosine(shape, single, lengths); !(math.Abs(got-want) <= 1e-5) {
			t.Errorf("lengths %v, float32: got %g, want %g", lengths, got, want)
		}
	}
	if got := meanCosine(shape, x, []int{1, 0, 1}); !math.IsNaN(got) {
		t.Errorf("without a pair: got %g, want NaN", got)
	}
	for i := range x {
		x[i] = float64(1 + i%4)
	}
	if got := meanCosine(shape, x, nil); !(math.Abs(got-1) <= 1e-14) {
		t.Errorf("tokens that are all alike: got %g, want 1", got)
	}
}
