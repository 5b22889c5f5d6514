package planes

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel/conv"
)

// poolings returns windows of all kinds; one of them has work for several cores.
var poolings = func() (list []Pooling) {
	add := func(planes int, image, size, stride, padding, dilation [2]int) {
		w := conv.Window{Size: size, Stride: stride, Padding: padding, Dilation: dilation}
		result, err := w.Output(image)
		if err != nil {
			panic(err)
		}
		list = append(list, Pooling{Window: w, Planes: planes, Image: image, Result: result})
	}
	one, two, none := [2]int{1, 1}, [2]int{2, 2}, [2]int{}
	add(100, [2]int{20, 20}, two, two, none, one)
	add(3, [2]int{5, 7}, two, two, none, one)
	add(3, [2]int{1, 1}, one, one, none, one)
	add(3, [2]int{7, 6}, [2]int{3, 2}, two, one, one)
	add(2, [2]int{5, 8}, [2]int{2, 3}, [2]int{1, 3}, [2]int{0, 1}, one)
	add(2, [2]int{8, 7}, [2]int{3, 2}, one, [2]int{1, 0}, [2]int{2, 3})
	return list
}()

// inWindow lists the elements of window j.
func (p *Pooling) inWindow(j int) (list []int) {
	for k := range p.Size[0] * p.Size[1] {
		iy := j/p.Result[1]*p.Stride[0] - p.Padding[0] + k/p.Size[1]*p.Dilation[0]
		ix := j%p.Result[1]*p.Stride[1] - p.Padding[1] + k%p.Size[1]*p.Dilation[1]
		if iy >= 0 && iy < p.Image[0] && ix >= 0 && ix < p.Image[1] {
			list = append(list, iy*p.Image[1]+ix)
		}
	}
	return list
}

func TestMaxPool(t *testing.T) {
	for _, g := range poolings {
		p := Pool[float64]{Pooling: g}
		x, dy := random[float64](1, g.Planes*g.pixels()), random[float64](2, g.Planes*g.area())
		y, dx := make([]float64, len(dy)), slices.Repeat([]float64{math.NaN()}, len(x))
		p.Max(y, x)
		p.MaxBackward(dx, x, dy)
		want := make([]float64, len(x))
		for i := range dy {
			plane := i / g.area()
			at := slices.MaxFunc(g.inWindow(i%g.area()), func(a, b int) int {
				return map[bool]int{false: -1, true: 1}[x[plane*g.pixels()+a] > x[plane*g.pixels()+b]]
			}) + plane*g.pixels()
			want[at] += dy[i]
			if y[i] != x[at] {
				t.Fatalf("%+v: element %d is %v, want %v", g, i, y[i], x[at])
			}
		}
		if !slices.Equal(dx, want) {
			t.Errorf("%+v: gradient %v, want %v", g, dx, want)
		}
	}
}

// The gradient of equal elements goes to the first, and a NaN is the largest.
func TestMaxOfEqualElements(t *testing.T) {
	p := Pool[float32]{Pooling: Pooling{Window: conv.Window{Size: [2]int{1, 4}, Stride: [2]int{1, 4}, Dilation: [2]int{1, 1}}, Planes: 1,
		Image: [2]int{1, 8}, Result: [2]int{1, 2}}}
	nan := float32(math.NaN())
	x, y, dx := []float32{1, 3, 3, 2, 1, nan, 5, 0}, make([]float32, 2), make([]float32, 8)
	p.Max(y, x)
	p.MaxBackward(dx, x, []float32{7, 9})
	if y[0] != 3 || y[1] == y[1] || !slices.Equal(dx, []float32{0, 7, 0, 0, 0, 9, 0, 0}) {
		t.Errorf("maxima %v with gradient %v", y, dx)
	}
}

func TestMaxOfEqualElementsInQuads(t *testing.T) {
	p := Pool[float64]{Pooling: Pooling{Window: quads, Planes: 1, Image: [2]int{2, 8}, Result: [2]int{1, 4}}}
	nan := math.NaN()
	x, y, dx := []float64{1, 2, 3, 3, nan, 9, 0, 0, 2, 2, 1, 4, 1, 2, 0, 0}, make([]float64, 4), make([]float64, 16)
	p.Max(y, x)
	p.MaxBackward(dx, x, []float64{5, 6, 7, 8})
	if y[0] != 2 || y[1] != 4 || y[2] == y[2] || y[3] != 0 || !slices.Equal(dx, []float64{0, 5, 0, 0, 7, 0, 8, 0, 0, 0, 0, 6, 0, 0, 0, 0}) {
		t.Errorf("maxima %v with gradient %v", y, dx)
	}
}

// All windows have weights that are computed here by definition: the gradient is the transposed matrix.
func TestAveragePool(t *testing.T) {
	for _, g := range poolings {
		if g.Dilation != [2]int{1, 1} {
			continue
		}
		for _, countPadding := range []bool{false, true} {
			g.CountPadding = countPadding
			checkAverage(t, g, func(j int) (elements []int, count int) {
				elements = g.inWindow(j)
				if count = len(elements); countPadding {
					count = g.Size[0] * g.Size[1]
				}
				return elements, count
			})
		}
	}
}

func TestAdaptivePool(t *testing.T) {
	for _, c := range []struct{ image, result [2]int }{{[2]int{5, 7}, [2]int{2, 3}}, {[2]int{3, 2}, [2]int{5, 2}}, {[2]int{6, 4}, [2]int{1, 1}}} {
		g := Pooling{Planes: 3, Image: c.image, Result: c.result, Adaptive: true}
		checkAverage(t, g, func(j int) (elements []int, count int) {
			oy, ox := float64(j/g.Result[1]), float64(j%g.Result[1])
			scaleY, scaleX := float64(g.Image[0])/float64(g.Result[0]), float64(g.Image[1])/float64(g.Result[1])
			for iy := int(oy * scaleY); iy < int(math.Ceil((oy+1)*scaleY-1e-9)); iy++ {
				for ix := int(ox * scaleX); ix < int(math.Ceil((ox+1)*scaleX-1e-9)); ix++ {
					elements = append(elements, iy*g.Image[1]+ix)
				}
			}
			return elements, len(elements)
		})
	}
}

// checkAverage compares with windows that f lists, and the numbers that they are divided by. Sums of up to 24 numbers below 10
// carry a few roundings.
func checkAverage(t *testing.T, g Pooling, f func(j int) (elements []int, count int)) {
	t.Helper()
	p := Pool[float64]{Pooling: g}
	x, dy := random[float64](1, g.Planes*g.pixels()), random[float64](2, g.Planes*g.area())
	y, dx := make([]float64, len(dy)), slices.Repeat([]float64{math.NaN()}, len(x))
	p.Average(y, x)
	p.AverageBackward(dx, dy)
	want, wantDX := make([]float64, len(y)), make([]float64, len(x))
	for i := range dy {
		elements, count := f(i % g.area())
		for _, at := range elements {
			at += i / g.area() * g.pixels()
			want[i] += x[at] / float64(count)
			wantDX[at] += dy[i] / float64(count)
		}
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-14 }
	if !slices.EqualFunc(y, want, near) || !slices.EqualFunc(dx, wantDX, near) {
		t.Errorf("%s: %v with gradient %v, want %v and %v", fmt.Sprintf("%+v", g), y[:1], dx[:1], want[:1], wantDX[:1])
	}
}
