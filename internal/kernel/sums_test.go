package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

var lengths = []int{0, 1, 7, 8, 15, 16, 17, 100, 8192, 8193, 20_011}

func TestAbsStats(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range lengths {
			checkAbsStats(t, randn[float32](rand.New(rand.NewPCG(1, 2)), n))
			checkAbsStats(t, randn[float64](rand.New(rand.NewPCG(1, 2)), n))
		}
	})
}

func checkAbsStats[T Float](t *testing.T, x []T) {
	t.Helper()
	var sum, top, squares float64
	for _, v := range x {
		size := math.Abs(float64(v))
		sum, top, squares = sum+size, max(top, size), squares+size*size
	}
	tolerance := 0x1p-53 * float64(len(x)) // n additions, each rounded
	s, m, q := AbsStats(x)
	if math.Abs(s-sum) > tolerance*sum || m != top || math.Abs(q-squares) > tolerance*squares {
		t.Errorf("%d of %T: %g, %g and %g, want %g, %g and %g", len(x), x, s, m, q, sum, top, squares)
	}
	if q != SumSquares(x) {
		t.Errorf("%d of %T: squares are %g and %g", len(x), x, q, SumSquares(x))
	}
}

// AVX-512 and AVX2 give the same bits.
func TestAbsStatsAgree(t *testing.T) {
	var kernels [][3]float64
	onEach(t, func(t *testing.T) {
		if hasAssembly() {
			s, m, q := AbsStats(randn[float32](rand.New(rand.NewPCG(1, 5)), 20_011))
			kernels = append(kernels, [3]float64{s, m, q})
		}
	})
	for _, k := range kernels {
		if k != kernels[0] {
			t.Errorf("%v and %v", k, kernels[0])
		}
	}
}

// Subnormal numbers count, also where the kernels compute without them.
func TestAbsStatsOfSpecialNumbers(t *testing.T) {
	onEach(t, func(t *testing.T) {
		checkSpecial[float32](t, 0x1p-149)
		checkSpecial[float64](t, 0x1p-1074)
	})
}

func checkSpecial[T Float](t *testing.T, least T) {
	t.Helper()
	inf, nan := T(math.Inf(-1)), T(math.NaN())
	for _, n := range []int{1, 16, 23, 8200} {
		for _, at := range []int{0, 7, 8, 15, 16, 22, 8195} {
			if at >= n {
				continue
			}
			x := make([]T, n)
			x[at] = -least
			if s, m, q := AbsStats(x); s != float64(least) || m != float64(least) || q != float64(least)*float64(least) {
				t.Errorf("%g at %d of %d: %g, %g, %g", x[at], at, n, s, m, q)
			}
			x[0] = 1
			x[at] = inf
			if s, m, q := AbsStats(x); !math.IsInf(s, 1) || !math.IsInf(m, 1) || !math.IsInf(q, 1) {
				t.Errorf("%g at %d of %d: %g, %g, %g", x[at], at, n, s, m, q)
			}
			x[n-1-at] = inf
			x[at] = nan
			if s, m, q := AbsStats(x); !math.IsNaN(s) || !math.IsNaN(m) || !math.IsNaN(q) {
				t.Errorf("%g at %d of %d: %g, %g, %g", x[at], at, n, s, m, q)
			}
		}
	}
	const largest = math.MaxFloat64 / 2
	if s, m, _ := AbsStats([]float64{largest, -largest, largest}); !math.IsInf(s, 1) || m != largest {
		t.Errorf("a sum beyond the range: %g, %g", s, m)
	}
}

func TestCountZeros(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range lengths {
			checkZeros[float32](t, n, 0x1p-149)
			checkZeros[float64](t, n, 0x1p-1074)
		}
	})
}

func checkZeros[T Float](t *testing.T, n int, least T) {
	t.Helper()
	numbers := []T{0, T(math.Copysign(0, -1)), least, -least, 1, T(math.NaN()), T(math.Inf(1))}
	rng := rand.New(rand.NewPCG(1, 3))
	x, want := make([]T, n), 0
	for i := range x {
		if x[i] = numbers[rng.IntN(len(numbers))]; x[i] == 0 {
			want++
		}
	}
	if got := CountZeros(x); got != want {
		t.Errorf("%d of %T: %d zeros, want %d", n, x, got, want)
	}
	clear(x)
	if got := CountZeros(x); got != n {
		t.Errorf("%d of %T, all zero: %d zeros", n, x, got)
	}
}

func TestHasNaN(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range lengths {
			checkHasNaN[float32](t, n)
			checkHasNaN[float64](t, n)
		}
	})
}

func checkHasNaN[T Float](t *testing.T, n int) {
	t.Helper()
	x := make([]T, n)
	for i := range x {
		x[i] = T(math.Inf(1 - 2*(i%2)))
	}
	if HasNaN(x) {
		t.Errorf("a NaN in %d infinities of %T", n, x)
	}
	for _, at := range []int{0, 7, 8, 15, 16, 99, 8191, 8192, n - 1} {
		if at < 0 || at >= n {
			continue
		}
		before := x[at]
		x[at] = T(math.NaN())
		if !HasNaN(x) {
			t.Errorf("no NaN found at %d of %d of %T", at, n, x)
		}
		x[at] = before
	}
}

func filled[T Float](n int, v T) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// BenchmarkSums measures the statistics of a matrix. Recording a layer takes the first one twice and the last three once each.
func BenchmarkSums(b *testing.B) {
	x := randn[float32](rand.New(rand.NewPCG(1, 4)), 64*128)
	counts := make([]float32, 128)
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"SumAndSquares", func() { SumAndSquares(x) }},
		{"SumSquares", func() { SumSquares(x) }},
		{"AbsStats", func() { AbsStats(x) }},
		{"CountZeros", func() { CountZeros(x) }},
		{"HasNaN", func() { HasNaN(x) }},
		{"CountBetween", func() { CountBetween(counts, x, 0, 1) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.f()
			}
		})
	}
}
