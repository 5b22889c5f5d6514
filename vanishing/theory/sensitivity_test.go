package theory

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// lastState runs the recurrence on white noise from a seed, v = b·u.
func lastState(s LinearState, b complex128, seed uint64) (x complex128) {
	rng := rand.New(rand.NewPCG(seed, 1))
	lambda, in := cmplx.Exp(complex(-s.Decay, s.Phase)), complex(s.Gamma*math.Sqrt2/2, 0)*b
	for range s.Steps {
		x = lambda*x + in*complex(rng.NormFloat64(), rng.NormFloat64())
	}
	return x
}

// Root mean squares of central differences over many noises are those of the formulas. A derivative d is a complex Gaussian, whose |d|² has
// the variance (E|d|²)²: the root mean square of n has a standard error of 1/(2√n), and 5 of them are allowed. The differences with steps
// of the cube root of ε are good to some 1e-8.
func TestSensitivityAgainstNoise(t *testing.T) {
	const n, h = 2000, 6e-6
	for _, s := range []LinearState{
		{Decay: 0.5, Phase: 1, Gamma: 1, Steps: 1}, {Decay: 0.3, Phase: 2, Gamma: 0.7, Steps: 7}, {Decay: 0.05, Phase: 0.3, Gamma: 0.3, Steps: 200},
	} {
		want, err := s.Sensitivity()
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			move func(s *LinearState, b *complex128, d float64)
			want float64
		}{
			"ln|λ|":     {func(s *LinearState, _ *complex128, d float64) { s.Decay -= d }, want.Lambda * math.Exp(-s.Decay)},
			"nu_log":    {func(s *LinearState, _ *complex128, d float64) { s.Decay *= math.Exp(d) }, want.Nu},
			"theta_log": {func(s *LinearState, _ *complex128, d float64) { s.Phase *= math.Exp(d) }, want.Theta},
			"gamma_log": {func(s *LinearState, _ *complex128, d float64) { s.Gamma *= math.Exp(d) }, want.Gamma},
			"B":         {func(_ *LinearState, b *complex128, d float64) { *b += complex(d, 0) }, want.B},
		} {
			at := func(d float64, seed uint64) complex128 {
				moved, b := s, complex128(1)
				c.move(&moved, &b, d)
				return lastState(moved, b, seed)
			}
			sum := 0.0
			for seed := range uint64(n) {
				size := cmplx.Abs(at(h, seed)-at(-h, seed)) / (2 * h)
				sum += size * size
			}
			if got, tolerance := math.Sqrt(sum/n), 5/(2*math.Sqrt(n)); math.Abs(got-c.want) > tolerance*c.want+1e-8 {
				t.Errorf("%+v, %s: got %g, want %g within a share of %g", s, name, got, c.want, tolerance)
			}
		}
	}
}

// Sums over many steps come to the closed forms: what is left out is below exp(-2·Decay·Steps) = e^-60, times the square of 60.
func TestSensitivityOfLongSequences(t *testing.T) {
	for _, decay := range []float64{1, 0.1, 1e-3} {
		s := LinearState{Decay: decay, Phase: 0.5, Gamma: 2}
		limit, err := s.Sensitivity()
		if err != nil {
			t.Fatal(err)
		}
		s.Steps = int(30 / decay)
		long, err := s.Sensitivity()
		if err != nil {
			t.Fatal(err)
		}
		for i, pair := range [][2]float64{{long.Lambda, limit.Lambda}, {long.Nu, limit.Nu}, {long.Theta, limit.Theta}, {long.Gamma, limit.Gamma}, {long.B, limit.B}} {
			if math.Abs(pair[0]-pair[1]) > 1e-10*pair[1] {
				t.Errorf("Decay %g, derivative %d: got %g after %d steps, want %g", decay, i, pair[0], s.Steps, pair[1])
			}
		}
	}
}

// The powers of the memory, from 10⁵ to 10⁶ steps: other terms are smaller by the memory.
func TestPowersOfTheMemory(t *testing.T) {
	at := func(memory float64, unit bool) Sensitivity {
		s := LinearState{Decay: -math.Log1p(-1 / memory), Phase: 1, Gamma: 1}
		if got := s.Memory(); math.Abs(got-memory) > 1e-9*memory {
			t.Fatalf("the memory is %g, want %g", got, memory)
		}
		if unit {
			s.Gamma = s.UnitGamma()
		}
		found, err := s.Sensitivity()
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, unit := range []bool{false, true} {
		a, b := at(1e5, unit), at(1e6, unit)
		gain := 0.0 // what γ takes away
		if unit {
			gain = 0.5
		}
		for name, c := range map[string]struct{ power, want float64 }{
			"λ":         {math.Log10(b.Lambda / a.Lambda), 1.5 - gain},
			"nu_log":    {math.Log10(b.Nu / a.Nu), 0.5 - gain},
			"theta_log": {math.Log10(b.Theta / a.Theta), 1.5 - gain},
			"gamma_log": {math.Log10(b.Gamma / a.Gamma), 0.5 - gain},
			"B":         {math.Log10(b.B / a.B), 0.5 - gain},
		} {
			if math.Abs(c.power-c.want) > 1e-4 {
				t.Errorf("γ of unit variance %v, %s: got the power %.5f, want %g", unit, name, c.power, c.want)
			}
		}
	}
}

func TestSensitivityErrors(t *testing.T) {
	for _, s := range []LinearState{{Gamma: 1}, {Decay: -1}, {Decay: math.NaN()}, {Decay: 1, Phase: math.Inf(1)}, {Decay: 1, Gamma: -1}, {Decay: 1, Steps: -1}} {
		if _, err := s.Sensitivity(); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}
