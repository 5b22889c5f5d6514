package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// exponentsByHand counts one number after the other.
func exponentsByHand[T Float](x []T) ExponentCounts {
	var c ExponentCounts
	counts, low, high := map[[2]int]int{}, math.MaxInt, math.MinInt
	for _, v := range x {
		d := float64(v)
		switch {
		case d == 0:
			c.Zero++
		case math.IsNaN(d):
			c.NaN++
		case math.IsInf(d, 0):
			c.Inf++
		default:
			_, e := math.Frexp(d) // 2^(e-1) <= |d| < 2^e
			e--
			low, high = min(low, e), max(high, e)
			sign := 0
			if d < 0 {
				sign = 1
			}
			counts[[2]int{sign, e}]++
		}
	}
	if low > high {
		return c
	}
	c.Low = low
	for e := low; e <= high; e++ {
		c.Positive, c.Negative = append(c.Positive, counts[[2]int{0, e}]), append(c.Negative, counts[[2]int{1, e}])
	}
	return c
}

// sameCounts compares what is counted.
func sameCounts(a, b ExponentCounts) bool {
	return a.Low == b.Low && slices.Equal(a.Negative, b.Negative) && slices.Equal(a.Positive, b.Positive) &&
		a.Zero == b.Zero && a.NaN == b.NaN && a.Inf == b.Inf
}

// spread gives numbers of both signs of any size that a type has, the ends of all buckets, and special ones.
func spread[T Float](n int) []T {
	rng := rand.New(rand.NewPCG(1, 6))
	numbers := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), T(-math.NaN())}
	f := formatOf[T]()
	for e := f.least(); e < f.least()+f.buckets(); e++ {
		end := T(math.Ldexp(1, e))
		numbers = append(numbers, end, -end, end+end/2, -(end + end/4))
	}
	for len(numbers) < n {
		v := T(math.Ldexp(1+rng.Float64(), f.least()+rng.IntN(f.buckets())))
		numbers = append(numbers, v, -v, T(rng.NormFloat64()))
	}
	rng.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	return numbers[:n]
}

func TestCountExponents(t *testing.T) {
	onEach(t, func(t *testing.T) {
		var c ExponentCounts // shared by all counts: each overwrites the one before
		for _, n := range []int{100_000, 0, 1, 2, 3, 4, 5, 7, 8193, 40_003} {
			checkExponents(t, &c, spread[float64](n))
			checkExponents(t, &c, spread[float32](n))
			checkExponents(t, &c, randn[float32](rand.New(rand.NewPCG(1, 7)), n))
			checkExponents(t, &c, make([]float64, n))
		}
	})
}

func checkExponents[T Float](t *testing.T, c *ExponentCounts, x []T) {
	t.Helper()
	CountExponents(c, x)
	if want := exponentsByHand(x); !sameCounts(*c, want) {
		t.Errorf("%d of %T: from 2^%d on %v and %v, %d zeros, %d NaN, %d infinities, want from 2^%d on %v and %v, %d, %d, %d", len(x), x,
			c.Low, c.Negative, c.Positive, c.Zero, c.NaN, c.Inf, want.Low, want.Negative, want.Positive, want.Zero, want.NaN, want.Inf)
	}
}

// Each number alone is in its bucket, also the first and the last of a bucket.
func TestExponentOfOneNumber(t *testing.T) {
	checkOneByOne[float32](t, math.Nextafter32(1, 0), math.MaxFloat32)
	checkOneByOne[float64](t, math.Nextafter(1, 0), math.MaxFloat64)
}

func checkOneByOne[T Float](t *testing.T, belowOne, largest T) {
	t.Helper()
	f := formatOf[T]()
	for _, c := range []struct {
		x        T
		exponent int
	}{
		{1, 0}, {belowOne, -1}, {largest, f.least() + f.buckets() - 1}, {T(math.Ldexp(1, f.least())), f.least()},
		{T(math.Ldexp(3, f.least())), f.least() + 1}, {T(math.Ldexp(1, f.least()+f.mantissa)), f.least() + f.mantissa},
	} {
		var counts ExponentCounts
		CountExponents(&counts, []T{-c.x})
		if counts.Low != c.exponent || len(counts.Negative) != 1 || counts.Negative[0] != 1 || counts.Positive[0] != 0 {
			t.Errorf("%g: from 2^%d on %v and %v, want it at 2^%d", -c.x, counts.Low, counts.Negative, counts.Positive, c.exponent)
		}
	}
}

func TestExponentsOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	x := spread[float32](200_003)
	want := exponentsByHand(x)
	for _, procs := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(procs)
		var c ExponentCounts
		if CountExponents(&c, x); !sameCounts(c, want) {
			t.Errorf("%d processors: %+v, want %+v", procs, c, want)
		}
	}
}

func BenchmarkCountExponents(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 8))
	b.Run("normal float32", func(b *testing.B) { benchmarkExponents(b, randn[float32](rng, 64*128)) })
	b.Run("normal float64", func(b *testing.B) { benchmarkExponents(b, randn[float64](rng, 64*128)) })
	b.Run("half zero", func(b *testing.B) {
		x := randn[float32](rng, 64*128)
		ReLU(nil, x, x)
		benchmarkExponents(b, x)
	})
	b.Run("one size", func(b *testing.B) { benchmarkExponents(b, make([]float32, 64*128)) })
	b.Run("bias", func(b *testing.B) { benchmarkExponents(b, randn[float32](rng, 128)) })
	b.Run("long", func(b *testing.B) { benchmarkExponents(b, randn[float32](rng, 1<<19)) })
}

func benchmarkExponents[T Float](b *testing.B, x []T) {
	var c ExponentCounts
	for b.Loop() {
		CountExponents(&c, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/element")
}
