package blocked

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// normCases have more pixels than a piece of work, fewer, one, and channels that fill no block.
var normCases = []Shape{{3, 16, 30, 30}, {5, 40, 5, 3}, {2, 3, 1, 1}, {1, 17, 2, 9}}

// channelsOf gives a vector with an element for each channel, and zeros for those that fill up the last block.
func channelsOf[T kernel.Float](s Shape, f func(c int) float64) []T {
	v := make([]T, s.Blocks()*Block)
	for c := range s.C {
		v[c] = T(f(c))
	}
	return v
}

// packedRandom gives a batch in the blocked layout.
func packedRandom[T kernel.Float](seed uint64, s Shape) []T {
	x := make([]T, s.Len())
	Pack(x, random[T](seed, s.N*s.C*s.plane()), s)
	return x
}

// channel gives the channel of an element, or -1 for padding.
func (s Shape) channel(i int) int {
	if c := i/(s.plane()*Block)%s.Blocks()*Block + i%Block; c < s.C {
		return c
	}
	return -1
}

// someNormalization is a normalisation with different values for each channel.
func someNormalization[T kernel.Float](s Shape) Normalization[T] {
	n := Normalization[T]{
		Mean:  channelsOf[T](s, func(c int) float64 { return 0.1*float64(c) - 0.7 }),
		RStd:  channelsOf[T](s, func(c int) float64 { return 1 / (1 + 0.2*float64(c)) }),
		Gain:  channelsOf[T](s, func(c int) float64 { return 0.5 + 0.3*float64(c) }),
		Shift: channelsOf[T](s, func(c int) float64 { return 0.05*float64(c) - 0.3 }),
	}
	for i := s.C; i < len(n.RStd); i++ {
		n.RStd[i] = 300 // of a variance of zero
	}
	return n
}

func TestMomentsAndStatistics(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, s := range normCases {
			checkMoments[float32](t, s)
			checkMoments[float64](t, s)
		}
	})
}

// Sums in float64 round each of n terms to a relative 2^-53 of a sum that is at most that of the magnitudes, and the square before.
func checkMoments[T kernel.Float](t *testing.T, s Shape) {
	t.Helper()
	x := packedRandom[T](1, s)
	got := make([]Sum, s.Blocks())
	Moments(nil, got, x, s)
	first, second := newSums(s.Blocks()*Block), newSums(s.Blocks()*Block)
	for i, v := range x {
		if c := s.channel(i); c >= 0 {
			first.add(c, float64(v))
			second.add(c, float64(v)*float64(v))
		}
	}
	check(t, "Σ x", flat(got, 0), first)
	check(t, "Σ x²", flat(got, 1), second)
	n := s.N * s.plane()
	mean, rstd := make([]T, s.Blocks()*Block), make([]T, s.Blocks()*Block)
	Statistics(mean, rstd, got, n, 1e-5)
	for c := range s.C {
		m := first.values[c] / float64(n)
		want := 1 / math.Sqrt(second.values[c]/float64(n)-m*m+1e-5)
		if n == 1 {
			want = 1 / math.Sqrt(1e-5)
		}
		if math.Abs(float64(mean[c])-m) > 1e-6 || math.Abs(float64(rstd[c])/want-1) > 1e-6 {
			t.Errorf("%+v channel %d: got mean %g and rstd %g, want %g and %g", s, c, mean[c], rstd[c], m, want)
		}
	}
}

// flat gives one of the two sums of all channels.
func flat(sums []Sum, i int) []float64 {
	var list []float64
	for _, s := range sums {
		list = append(list, s[i][:]...)
	}
	return list
}

func TestNormalize(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, s := range normCases {
			for _, relu := range []bool{false, true} {
				checkNormalize[float32](t, s, relu)
				checkNormalize[float64](t, s, relu)
			}
		}
	})
}

// checkNormalize compares the maps forward and backward with plain arithmetic in float64. The bound takes every operation to round to eps of the
// terms' magnitudes, the vectors included.
func checkNormalize[T kernel.Float](t *testing.T, s Shape, relu bool) {
	t.Helper()
	x, add, y, dy := packedRandom[T](1, s), packedRandom[T](2, s), packedRandom[T](3, s), packedRandom[T](4, s)
	n := someNormalization[T](s)
	plain, added, dx, fixed := filled[T](s.Len()), filled[T](s.Len()), filled[T](s.Len()), filled[T](s.Len())
	Normalize(nil, plain, x, n, nil, relu, s)
	Normalize(nil, added, x, n, add, relu, s)
	slopes := make([]Sum, s.Blocks())
	mask := y
	if !relu {
		mask = nil
	}
	Slopes(nil, slopes, x, mask, dy, n.Mean, s)
	NormalizeGradient(nil, dx, x, mask, dy, n, slopes, s)
	NormalizeGradient(nil, fixed, x, mask, dy, n, nil, s)
	want := [4]sums{newSums(s.Len()), newSums(s.Len()), newSums(s.Len()), newSums(s.Len())}
	dshift, dot := newSums(s.Blocks()*Block), newSums(s.Blocks()*Block)
	count := float64(s.N * s.plane())
	for i := range x {
		c := s.channel(i)
		if c < 0 {
			continue
		}
		mean, a, rstd := float64(n.Mean[c]), float64(n.RStd[c])*float64(n.Gain[c]), float64(n.RStd[c])
		g := float64(dy[i])
		if relu && y[i] <= 0 {
			g = 0
		}
		d := float64(x[i] - n.Mean[c])
		dshift.add(c, g)
		dot.add(c, g*d)
		for k, terms := range [][]float64{
			{float64(x[i]) * a, -mean * a, float64(n.Shift[c])},
			{float64(x[i]) * a, -mean * a, float64(n.Shift[c]), float64(add[i])},
			{g * a, -a * slopes[c/Block][0][c%Block] / count, -float64(x[i]) * a * rstd * rstd * slopes[c/Block][1][c%Block] / count, mean * a * rstd * rstd * slopes[c/Block][1][c%Block] / count},
			{g * a},
		} {
			for _, v := range terms {
				want[k].add(i, v)
			}
			if relu && k < 2 {
				want[k].values[i] = max(0, want[k].values[i])
			}
		}
	}
	for k, got := range [][]T{plain, added, dx, fixed} {
		check(t, []string{"normalised", "normalised and added", "dx", "dx of fixed statistics"}[k], got, want[k])
	}
	check(t, "Σ dy", flat(slopes, 0), dshift)
	check(t, "Σ dy·(x - mean)", flat(slopes, 1), dot)
}
