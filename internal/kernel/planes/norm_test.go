package planes

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

var layouts = []Layout{
	{Batch: 2, Channels: 1, Pixels: 1}, {Batch: 3, Channels: 4, Pixels: 6}, {Batch: 1, Channels: 3, Pixels: 15}, {Batch: 5, Channels: 2, Pixels: 2000},
	{Batch: 3, Channels: 4, Pixels: 5, Groups: 1}, {Batch: 3, Channels: 4, Pixels: 7, Groups: 2}, {Batch: 2, Channels: 3, Pixels: 5, Groups: 3},
	{Batch: 3, Channels: 6, Pixels: 1500, Groups: 2},
}

func random[T kernel.Float](seed uint64, n int) []T {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// A sample is a layout with numbers.
type sample[T kernel.Float] struct {
	Layout
	x, dy, gain, shift []T
}

func draw[T kernel.Float](l Layout) sample[T] {
	n := l.Batch * l.Channels * l.Pixels
	x := random[T](1, n)
	for i := range x {
		x[i] += 3
	}
	return sample[T]{l, x, random[T](2, n), random[T](3, l.Channels), random[T](4, l.Channels)}
}

const eps = 1e-3

// results are those of all kernels, in memory that holds NaN before.
func (s sample[T]) results(n *Norm[T]) map[string][]T {
	dirty := func(n int) []T { return slices.Repeat([]T{T(math.NaN())}, n) }
	n.Layout = s.Layout
	r := map[string][]T{
		"mean": dirty(s.Statistics()), "rstd": dirty(s.Statistics()), "variance": dirty(s.Statistics()), "y": dirty(len(s.x)),
		"dgain": dirty(s.Channels), "dx": dirty(len(s.x)), "frozen": dirty(len(s.x)),
	}
	dshift := make([]T, s.Channels)
	for i, v := range s.dy {
		dshift[i/s.Pixels%s.Channels] += v
	}
	n.Means(r["mean"], s.x)
	n.RStds(r["rstd"], s.x, r["mean"], eps)
	n.Variances(r["variance"], s.x, r["mean"])
	n.Normalize(r["y"], s.x, r["mean"], r["rstd"], s.gain, s.shift)
	n.DGain(r["dgain"], s.x, r["mean"], r["rstd"], s.dy)
	n.Backward(r["dx"], s.dy, s.x, r["mean"], r["rstd"], s.gain, r["dgain"], dshift)
	n.FrozenBackward(r["frozen"], s.dy, r["rstd"], s.gain)
	return r
}

// wanted are the results by definition, in float64.
func (s sample[T]) wanted() map[string][]float64 {
	groups := make(map[int][]int) // elements of each statistic
	key := func(i int) int {
		n, c := i/(s.Channels*s.Pixels), i/s.Pixels%s.Channels
		if s.Groups == 0 {
			return c
		}
		return n*s.Groups + c*s.Groups/s.Channels
	}
	for i := range s.x {
		groups[key(i)] = append(groups[key(i)], i)
	}
	k := len(groups)
	r := map[string][]float64{
		"mean": make([]float64, k), "rstd": make([]float64, k), "variance": make([]float64, k), "y": make([]float64, len(s.x)),
		"dgain": make([]float64, s.Channels), "dx": make([]float64, len(s.x)), "frozen": make([]float64, len(s.x)),
	}
	for at, list := range groups {
		count := float64(len(list))
		var mean, squares, g, gHat float64
		for _, i := range list {
			mean += float64(s.x[i]) / count
		}
		var rest float64 // of the mean, that rounding has left
		for _, i := range list {
			rest += (float64(s.x[i]) - mean) / count
		}
		mean += rest
		for _, i := range list {
			squares += (float64(s.x[i]) - mean) * (float64(s.x[i]) - mean)
		}
		rstd := 1 / math.Sqrt(squares/count+eps)
		r["mean"][at], r["rstd"][at], r["variance"][at] = mean, rstd, squares/(count-1)
		for _, i := range list {
			c, hat := i/s.Pixels%s.Channels, (float64(s.x[i])-mean)*rstd
			r["y"][i] = hat*float64(s.gain[c]) + float64(s.shift[c])
			r["dgain"][c] += float64(s.dy[i]) * hat
			r["frozen"][i] = float64(s.dy[i]) * float64(s.gain[c]) * rstd
			g += float64(s.dy[i]) * float64(s.gain[c])
			gHat += float64(s.dy[i]) * float64(s.gain[c]) * hat
		}
		for _, i := range list {
			c, hat := i/s.Pixels%s.Channels, (float64(s.x[i])-mean)*rstd
			r["dx"][i] = rstd * (float64(s.dy[i])*float64(s.gain[c]) - g/count - hat*gHat/count)
		}
	}
	return r
}

func TestNorm(t *testing.T) {
	for _, l := range layouts {
		t.Run(fmt.Sprintf("%+v", l), func(t *testing.T) {
			checkNorm[float32](t, l, 2e-6)
			checkNorm[float64](t, l, 4e-14)
		})
	}
}

// checkNorm compares with the definition, whose sums of up to 10000 terms are rounded too. The numbers are about 3 with a deviation of 1, so
// numbers up to 10 remain, which the inverse deviation, up to 30 for a single sample, and the gain multiply.
func checkNorm[T kernel.Float](t *testing.T, l Layout, tolerance float64) {
	t.Helper()
	s := draw[T](l)
	want := s.wanted()
	for name, got := range s.results(new(Norm[T])) {
		for i, v := range got {
			if w := want[name][i]; math.Abs(float64(v)-w) > tolerance*max(10, math.Abs(w))*(1+math.Abs(want["rstd"][0])) {
				t.Errorf("%T: %s: element %d is %v, want %v", v, name, i, v, w)
				break
			}
		}
	}
}

func TestNormOnSeveralCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, l := range layouts {
		s := draw[float32](l)
		runtime.GOMAXPROCS(1)
		want := s.results(new(Norm[float32]))
		runtime.GOMAXPROCS(4)
		for name, got := range s.results(new(Norm[float32])) {
			if !slices.Equal(got, want[name]) {
				t.Errorf("%+v: %s depends on the number of cores", l, name)
			}
		}
	}
}

// The variance of numbers far from 0 is right in both types.
func TestVarianceFarFromZero(t *testing.T) {
	l := Layout{Batch: 2, Channels: 1, Pixels: 2}
	mean, variance := []float64{1e7 + 1.5}, make([]float64, 1)
	(&Norm[float64]{Layout: l}).Variances(variance, []float64{1e7, 1e7 + 1, 1e7 + 2, 1e7 + 3}, mean)
	if want := 5. / 3; math.Abs(variance[0]-want) > 1e-15 {
		t.Errorf("float64: the variance is %v, want %v", variance[0], want)
	}
	single := make([]float32, 1)
	(&Norm[float32]{Layout: l}).Variances(single, []float32{10000, 10001, 10002, 10003}, []float32{10001.5})
	if want := float32(5. / 3); math.Abs(float64(single[0]-want)) > 1e-6 {
		t.Errorf("float32: the variance is %v, want %v", single[0], want)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	s, n := draw[float32](layouts[3]), new(Norm[float32])
	n.Layout = s.Layout
	y := slices.Clone(s.x)
	v := slices.Clone(s.gain)
	p := Pool[float32]{Pooling: poolings[0]}
	image, pooled := make([]float32, p.Planes*p.pixels()), make([]float32, p.Planes*p.area())
	if count := testing.AllocsPerRun(3, func() {
		n.Means(v, s.x)
		n.Normalize(y, s.x, v, v, v, v)
		p.Max(pooled, image)
		p.AverageBackward(image, pooled)
	}); count > 0 {
		t.Errorf("%g allocations", count)
	}
}
