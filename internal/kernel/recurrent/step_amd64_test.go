package recurrent

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A stepRun is a step on random vectors, as they are after it.
type stepRun[T kernel.Float] [len(vectors[T]{})][]T

// runStep runs a step of n units with seeded vectors: numbers of the size of pre-activations forward, and of gates backward.
func runStep[T kernel.Float](s step, n int, compute func(v *vectors[T])) (x stepRun[T]) {
	rng := rand.New(rand.NewPCG(uint64(s), uint64(n)))
	var v vectors[T]
	for i := range uses[s].count {
		x[i] = make([]T, n)
		for j := range x[i] {
			if x[i][j] = T(2 * rng.NormFloat64()); s >= tanhBackward {
				x[i][j] = T(2*rng.Float64() - 1)
			}
		}
		v[i] = &x[i][0]
	}
	compute(&v)
	return x
}

var lengthsOfSteps = []int{1, 7, 8, 16, 33, 100}

// AVX-512 and AVX2 give the same bits, also after the last whole block.
func TestInstructionsGiveTheSameBits(t *testing.T) {
	if !useAVX512 {
		t.Skip("SKIPPED: this processor has no AVX-512, or it is not used")
	}
	defer func() { useAVX512 = true }()
	for s := range numSteps {
		for _, n := range lengthsOfSteps {
			checkSameBits[float32](t, s, n)
			checkSameBits[float64](t, s, n)
		}
	}
}

func checkSameBits[T kernel.Float](t *testing.T, s step, n int) {
	t.Helper()
	on := func(wide bool) stepRun[T] {
		useAVX512 = wide
		return runStep(s, n, func(v *vectors[T]) { run(nil, s, v, n) })
	}
	wide, narrow := on(true), on(false)
	for i := range wide {
		if !slices.Equal(wide[i], narrow[i]) {
			t.Errorf("step %d of %d units of %T: vector %d is %v with AVX2, want %v", s, n, T(0), i, narrow[i], wide[i])
		}
	}
}

// Assembly and plain Go differ by the roundings of exp and tanh, 3 ulps each, and of a few sums and products.
func TestAssemblyIsCloseToPlainGo(t *testing.T) {
	if !useAVX2 {
		t.Skip("SKIPPED: this processor has no AVX2, or it is not used")
	}
	for s := range numSteps {
		for _, n := range lengthsOfSteps {
			checkClose[float32](t, s, n, 0x1p-23)
			checkClose[float64](t, s, n, 0x1p-52)
		}
	}
}

func checkClose[T kernel.Float](t *testing.T, s step, n int, ulp float64) {
	t.Helper()
	vector := runStep(s, n, func(v *vectors[T]) { run(nil, s, v, n) })
	plain := runStep(s, n, func(v *vectors[T]) { portable(s, v, n) })
	for i := range plain {
		for j, want := range plain[i] {
			if got := vector[i][j]; !(math.Abs(float64(got-want)) <= 16*ulp*max(1, math.Abs(float64(want)))) {
				t.Errorf("step %d of %d units of %T: element %d of vector %d is %g, want %g", s, n, want, j, i, got, want)
			}
		}
	}
}

// A NaN in a pre-activation stays one in the state, and an infinity saturates the gates.
func TestStepsOfSpecialNumbers(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		s       step
		x, want float32
	}{
		{tanhForward, inf, 1}, {tanhForward, -inf, -1}, {tanhForward, nan, nan},
		{reluForward, inf, inf}, {reluForward, -inf, 0}, {reluForward, nan, nan},
		{lstmForward, nan, nan}, {lstmForward, -inf, 0}, {gruForward, nan, nan},
	} {
		for _, compute := range []func(*vectors[float32]){
			func(v *vectors[float32]) { run(nil, c.s, v, 3) }, func(v *vectors[float32]) { portable(c.s, v, 3) },
		} {
			x := runStep(c.s, 3, func(v *vectors[float32]) {
				*v[0] = c.x
				compute(v)
			})
			got := x[uses[c.s].count-1][0]
			if c.s == lstmForward && c.x == -inf { // i is 0
				got = x[9][0]
			}
			if got != c.want && (got == got || c.want == c.want) {
				t.Errorf("step %d of %g: got %g, want %g", c.s, c.x, got, c.want)
			}
		}
	}
}
