package diagonal

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// problem is a recurrence of random numbers.
type problem[T kernel.Float] struct {
	Shape
	re, im, v, x []T
}

func newProblem[T kernel.Float](s Shape) problem[T] {
	rng := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(rng.NormFloat64() / 2)
		}
		return x
	}
	size := s.Batch * s.Steps * 2 * s.States
	return problem[T]{s, numbers(s.States), numbers(s.States), numbers(size), make([]T, size)}
}

// at is a complex element of a sequence.
func (p problem[T]) at(x []T, sample, step, k int) complex128 {
	from := (sample*p.Steps + step) * 2 * p.States
	return complex(float64(x[from+k]), float64(x[from+p.States+k]))
}

var shapes = []Shape{{1, 1, 1}, {2, 1, 5}, {3, 7, 1}, {2, 5, 33}, {1, 4, 64}}

func TestForwardAndBackward(t *testing.T) {
	t.Run("f32", func(t *testing.T) { checkForwardAndBackward[float32](t, 0x1p-23) })
	t.Run("f64", func(t *testing.T) { checkForwardAndBackward[float64](t, 0x1p-52) })
}

// checkForwardAndBackward compares with complex numbers of float64. Each step adds a few roundings.
func checkForwardAndBackward[T kernel.Float](t *testing.T, epsilon float64) {
	for _, s := range shapes {
		p := newProblem[T](s)
		var r Recurrence[T]
		r.Forward(s, p.re, p.im, p.v, p.x)
		dv := make([]T, len(p.v))
		r.Backward(s, p.re, p.im, p.v, dv)
		dRe, dIm := make([]float64, s.States), make([]float64, s.States)
		r.Slopes(s, p.x, dv, dRe, dIm)
		near := func(what string, got, want complex128) {
			if cmplx.Abs(got-want) > 20*epsilon*float64(s.Steps)*(1+cmplx.Abs(want)) {
				t.Errorf("%v, %s: got %v, want %v", s, what, got, want)
			}
		}
		for k := range s.States {
			lambda := complex(float64(p.re[k]), float64(p.im[k]))
			slope := complex(0, 0)
			for sample := range s.Batch {
				var state, delta complex128
				for step := range s.Steps {
					state = lambda*state + p.at(p.v, sample, step, k)
					near("state", p.at(p.x, sample, step, k), state)
				}
				for step := s.Steps - 1; step >= 0; step-- {
					delta = cmplx.Conj(lambda)*delta + p.at(p.v, sample, step, k)
					near("gradient", p.at(dv, sample, step, k), delta)
				}
				for step := 1; step < s.Steps; step++ {
					slope += p.at(dv, sample, step, k) * cmplx.Conj(p.at(p.x, sample, step-1, k))
				}
			}
			if got := complex(dRe[k], dIm[k]); cmplx.Abs(got-slope) > 1e-13*float64(s.Batch*s.Steps)*(1+cmplx.Abs(slope)) {
				t.Errorf("%v: slope: got %v, want %v", s, got, slope)
			}
		}
	}
}

// The numbers do not depend on the cores, nor on whether results take the place of inputs.
func TestSameOnAllCoresAndInPlace(t *testing.T) {
	s := Shape{5, 6, 70}
	var seen []string
	for _, cores := range []int{1, runtime.NumCPU()} {
		old := runtime.GOMAXPROCS(cores)
		p := newProblem[float32](s)
		var r Recurrence[float32]
		dRe, dIm := make([]float64, s.States), make([]float64, s.States)
		r.Forward(s, p.re, p.im, p.v, p.x)
		inPlace := slices.Clone(p.v)
		r.Forward(s, p.re, p.im, inPlace, inPlace)
		if !slices.Equal(inPlace, p.x) {
			t.Error("in place the states differ")
		}
		r.Backward(s, p.re, p.im, p.v, p.v)
		r.Slopes(s, p.x, p.v, dRe, dIm)
		seen = append(seen, fmt.Sprint(p.x, p.v, dRe, dIm))
		runtime.GOMAXPROCS(old)
	}
	if seen[0] != seen[1] {
		t.Error("the numbers on one core and on all differ")
	}
}

// A NaN stays in its state, for all later steps.
func TestNaNStaysInItsState(t *testing.T) {
	p := newProblem[float64](Shape{1, 3, 4})
	p.v[1], p.v[4+1] = math.NaN(), math.NaN()
	var r Recurrence[float64]
	r.Forward(p.Shape, p.re, p.im, p.v, p.x)
	for i, v := range p.x {
		if isNaN := math.IsNaN(v); isNaN != (i%4 == 1) {
			t.Errorf("element %d: got %v", i, v)
		}
	}
}
