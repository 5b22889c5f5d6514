package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// geometries are convolutions of all kinds: odd sizes, strides, dilation, groups, depthwise, single images, images of one pixel, and
// sizes for which a convolution is split in each of the ways there are.
func geometries(t testing.TB) (all []Geometry) {
	add := func(x [4]int, out, groups int, size, stride, padding, dilation [2]int) {
		g, err := New(x, [4]int{out, x[1] / groups, size[0], size[1]}, Window{Stride: stride, Padding: padding, Dilation: dilation}, groups)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	one, none := [2]int{1, 1}, [2]int{}
	add([4]int{1, 1, 1, 1}, 1, 1, one, one, none, one)
	add([4]int{1, 3, 1, 1}, 2, 1, [2]int{3, 3}, one, one, one)
	add([4]int{2, 3, 5, 7}, 4, 1, [2]int{3, 3}, one, one, one)
	add([4]int{2, 3, 5, 7}, 4, 1, [2]int{3, 2}, [2]int{2, 1}, [2]int{0, 1}, one)
	add([4]int{1, 2, 9, 8}, 5, 1, [2]int{3, 3}, [2]int{2, 2}, one, one)
	add([4]int{1, 2, 9, 11}, 3, 1, [2]int{3, 3}, one, [2]int{2, 2}, [2]int{2, 3})
	add([4]int{3, 4, 6, 5}, 6, 2, [2]int{3, 3}, one, one, one)
	add([4]int{2, 4, 6, 5}, 4, 4, [2]int{3, 3}, [2]int{2, 2}, one, one)
	add([4]int{2, 3, 4, 4}, 6, 3, [2]int{1, 3}, one, [2]int{0, 1}, one)
	add([4]int{2, 5, 4, 3}, 3, 1, one, one, none, one)
	add([4]int{2, 4, 4, 3}, 6, 2, one, one, none, one)
	add([4]int{2, 5, 5, 4}, 3, 1, one, [2]int{2, 2}, none, one)
	add([4]int{2, 5, 5, 4}, 3, 1, one, one, one, one)
	add([4]int{1, 1, 1, 20}, 2, 1, [2]int{1, 5}, [2]int{1, 3}, [2]int{0, 2}, [2]int{1, 2})
	add([4]int{2, 2, 5, 5}, 2, 1, [2]int{5, 5}, [2]int{3, 3}, [2]int{4, 4}, one)
	add([4]int{2, 1, 3, 3}, 1, 1, [2]int{2, 2}, [2]int{5, 5}, [2]int{7, 7}, one)
	add([4]int{20, 16, 6, 6}, 16, 1, [2]int{3, 3}, one, one, one)
	add([4]int{1, 64, 17, 16}, 8, 1, [2]int{3, 3}, one, one, one)
	add([4]int{1, 3, 80, 70}, 4, 1, [2]int{7, 7}, [2]int{2, 2}, [2]int{3, 3}, one)
	return all
}

func (g Geometry) String() string {
	return fmt.Sprintf("%dx%d %v to %d %v, groups %d, window %v stride %v padding %v dilation %v",
		g.Batch, g.In, g.Image, g.Out, g.Result, g.Groups, g.Size, g.Stride, g.Padding, g.Dilation)
}

// visit calls f for each product of the convolution: index in x, in w and in y.
func (g Geometry) visit(f func(x, w, y int)) {
	in, out := g.inGroup(), g.outGroup()
	for n := range g.Batch {
		for o := range g.Out {
			for y := range g.area() {
				oy, ox := y/g.Result[1], y%g.Result[1]
				for k := range g.depth() {
					c, ky, kx := k/g.window(), k/g.Size[1]%g.Size[0], k%g.Size[1]
					iy, ix := oy*g.Stride[0]-g.Padding[0]+ky*g.Dilation[0], ox*g.Stride[1]-g.Padding[1]+kx*g.Dilation[1]
					if iy >= 0 && iy < g.Image[0] && ix >= 0 && ix < g.Image[1] {
						f(((n*g.In+o/out*in+c)*g.Image[0]+iy)*g.Image[1]+ix, o*g.depth()+k, (n*g.Out+o)*g.area()+y)
					}
				}
			}
		}
	}
}

// A sample is a convolution with numbers.
type sample[T kernel.Float] struct {
	g                      Geometry
	x, w, dy, bias, biasIn []T
}

func draw[T kernel.Float](g Geometry) sample[T] {
	rng := rand.New(rand.NewPCG(1, 2))
	numbers := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(rng.NormFloat64())
		}
		return x
	}
	return sample[T]{g, numbers(g.Batch * g.In * g.pixels()), numbers(g.Out * g.depth()), numbers(g.Batch * g.Out * g.area()), numbers(g.Out), numbers(g.In)}
}

// results are all results of a sample, in memory that holds NaN before.
func (s sample[T]) results() map[string][]T {
	dirty := func(like []T) []T { return slices.Repeat([]T{T(math.NaN())}, len(like)) }
	r := map[string][]T{"y": dirty(s.dy), "y, bias": dirty(s.dy), "dx": dirty(s.x), "dx, bias": dirty(s.x), "dw": dirty(s.w)}
	Forward(nil, s.g, r["y"], s.x, s.w, nil)
	Forward(nil, s.g, r["y, bias"], s.x, s.w, s.bias)
	InputGradient(nil, s.g, r["dx"], s.dy, s.w, nil)
	InputGradient(nil, s.g, r["dx, bias"], s.dy, s.w, s.biasIn)
	WeightGradient(nil, s.g, r["dw"], s.x, s.dy)
	return r
}

// wanted are the results by definition, in float64, and for each the sum of the magnitudes of its terms.
func (s sample[T]) wanted() (want, size map[string][]float64) {
	want, size = make(map[string][]float64), make(map[string][]float64)
	for name, n := range map[string]int{"y": len(s.dy), "y, bias": len(s.dy), "dx": len(s.x), "dx, bias": len(s.x), "dw": len(s.w)} {
		want[name], size[name] = make([]float64, n), make([]float64, n)
	}
	add := func(name string, i int, v float64) {
		want[name][i] += v
		size[name][i] += math.Abs(v)
	}
	for i := range s.dy {
		add("y, bias", i, float64(s.bias[i/s.g.area()%s.g.Out]))
	}
	for i := range s.x {
		add("dx, bias", i, float64(s.biasIn[i/s.g.pixels()%s.g.In]))
	}
	s.g.visit(func(x, w, y int) {
		forward := float64(s.x[x]) * float64(s.w[w])
		backward := float64(s.dy[y]) * float64(s.w[w])
		add("y", y, forward)
		add("y, bias", y, forward)
		add("dx", x, backward)
		add("dx, bias", x, backward)
		add("dw", w, float64(s.dy[y])*float64(s.x[x]))
	})
	return want, size
}

func TestConvolutions(t *testing.T) {
	for _, g := range geometries(t) {
		t.Run(g.String(), func(t *testing.T) {
			checkConvolution[float32](t, g, 0x1p-24)
			checkConvolution[float64](t, g, 0x1p-53)
		})
	}
}

// checkConvolution compares with the definition. A sum of n terms is right to n roundings of the sum of their magnitudes; as
// roundings have both signs, 8 + sqrt(n) are enough.
func checkConvolution[T kernel.Float](t *testing.T, g Geometry, rounding float64) {
	t.Helper()
	s := draw[T](g)
	want, size := s.wanted()
	terms := max(g.depth(), g.outGroup()*g.window(), g.Batch*g.area())
	for name, got := range s.results() {
		for i, v := range got {
			if bound := rounding * (8 + math.Sqrt(float64(terms))) * size[name][i]; !(math.Abs(float64(v)-want[name][i]) <= bound) {
				t.Errorf("%T: %s: element %d is %v, want %v within %g", v, name, i, v, want[name][i], bound)
				break
			}
		}
	}
}

// The bits do not depend on the number of cores, nor on what the memory was used for before.
func TestBitsDoNotDependOnCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, g := range geometries(t) {
		runtime.GOMAXPROCS(1)
		s := draw[float32](g)
		want := s.results()
		runtime.GOMAXPROCS(4)
		for name, got := range s.results() {
			if !slices.Equal(got, want[name]) {
				t.Errorf("%v: %s depends on the number of cores", g, name)
			}
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var c [64]float32
	if testing.AllocsPerRun(1, func() { kernel.Gemm(nil, false, false, 8, 8, 8, 1, c[:], 8, c[:], 8, 0, c[:], 8) }) > 0 {
		t.Skip("products of matrices in plain Go allocate")
	}
	for _, g := range geometries(t) {
		s := draw[float32](g)
		y, dx, dw := slices.Clone(s.dy), slices.Clone(s.x), slices.Clone(s.w)
		if n := testing.AllocsPerRun(3, func() {
			Forward(nil, g, y, s.x, s.w, s.bias)
			InputGradient(nil, g, dx, s.dy, s.w, nil)
			WeightGradient(nil, g, dw, s.x, s.dy)
		}); n > 0 {
			t.Errorf("%v: %g allocations", g, n)
		}
	}
}

// The layers of ResNet-20 for CIFAR, and the last one of ResNet-18.
func BenchmarkConvolution(b *testing.B) {
	for _, c := range []struct{ batch, channels, side int }{{32, 16, 32}, {32, 32, 16}, {32, 64, 8}, {4, 512, 7}} {
		shape := [4]int{c.batch, c.channels, c.side, c.side}
		g, err := New(shape, [4]int{c.channels, c.channels, 3, 3}, Window{Stride: [2]int{1, 1}, Padding: [2]int{1, 1}, Dilation: [2]int{1, 1}}, 1)
		if err != nil {
			b.Fatal(err)
		}
		s := draw[float32](g)
		y, dx, dw := slices.Clone(s.dy), slices.Clone(s.x), slices.Clone(s.w)
		for name, f := range map[string]func(){
			"forward":         func() { Forward(nil, g, y, s.x, s.w, nil) },
			"input gradient":  func() { InputGradient(nil, g, dx, s.dy, s.w, nil) },
			"weight gradient": func() { WeightGradient(nil, g, dw, s.x, s.dy) },
		} {
			b.Run(fmt.Sprintf("%v %s", shape, name), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(2*float64(g.Work())*float64(b.N)/1e9/b.Elapsed().Seconds(), "GF/s")
			})
		}
	}
}
