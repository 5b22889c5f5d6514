package blocked

import (
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// poolCases have windows that overlap, leave pixels out, are padded or dilated, and lie in the padding altogether.
func poolCases() []convCase {
	dilated := Window{Size: [2]int{2, 3}, Stride: [2]int{1, 2}, Dilation: [2]int{3, 2}, Before: [2]int{2, 1}, After: [2]int{1, 2}}
	hollow := Window{Size: [2]int{2, 2}, Dilation: [2]int{2, 2}, Before: [2]int{1, 1}, After: [2]int{1, 1}}
	return []convCase{
		{in: Shape{2, 16, 8, 8}, window: Square(2, 2, 0)},
		{in: Shape{3, 17, 7, 9}, window: Square(2, 2, 0)}, // pixels that no window has
		{in: Shape{2, 20, 9, 7}, window: Square(3, 2, 1)},
		{in: Shape{1, 3, 5, 6}, window: Square(3, 1, 1)},
		{in: Shape{1, 17, 6, 5}, window: dilated},
		{in: Shape{2, 2, 1, 1}, window: Square(1, 1, 0)},
		{in: Shape{1, 2, 1, 1}, window: hollow},
	}
}

// newPoolCase gives a pooling, the batches x and dy at the interface, and a function that calls f with the pixels of each window.
func newPoolCase[T kernel.Float](t *testing.T, c convCase) (p *Pool[T], x, dy []T, each func(f func(y int, pixels []int))) {
	t.Helper()
	p, err := NewPool[T](c.in, c.window)
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	in, out := p.In(), p.Out()
	x, dy = random[T](1, in.N*in.C*in.plane()), random[T](2, out.N*out.C*out.plane())
	each = func(f func(y int, pixels []int)) {
		plane := convCase{in: Shape{in.N * in.C, 1, in.H, in.W}, window: c.window}
		windows := make([][]int, len(dy))
		plane.naive(Shape{in.N * in.C, 1, out.H, out.W}, func(y, x, _ int) { windows[y] = append(windows[y], x) })
		for y, pixels := range windows {
			f(y, pixels)
		}
	}
	return p, x, dy, each
}

// through computes a function of blocked batches from one at the interface.
func through[T kernel.Float](from, to Shape, x []T, f func(y, x []T)) []T {
	packed, y, result := make([]T, from.Len()), filled[T](to.Len()), make([]T, to.N*to.C*to.plane())
	Pack(packed, x, from)
	f(y, packed)
	Unpack(result, y, to)
	return result
}

func TestMaxPooling(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, c := range poolCases() {
			checkMaxPooling(t, c)
		}
	})
}

func checkMaxPooling(t *testing.T, c convCase) {
	t.Helper()
	p, x, dy, each := newPoolCase[float32](t, c)
	in, out := p.In(), p.Out()
	for i := 0; i < len(x); i += 3 {
		x[i] = 1 // a tie
	}
	wantY, wantX := make([]float32, len(dy)), newSums(len(x))
	each(func(y int, pixels []int) {
		best := -1
		for _, i := range pixels {
			if best < 0 || x[i] > x[best] {
				best = i
			}
		}
		wantY[y] = float32(math.Inf(-1))
		if best >= 0 {
			wantY[y] = x[best]
			wantX.add(best, float64(dy[y]))
		}
	})
	same(t, c.String()+": y", through(in, out, x, p.Max), wantY)
	packed := make([]float32, in.Len())
	Pack(packed, x, in)
	dx := through(out, in, dy, func(dx, dy []float32) { p.MaxGradient(dx, packed, dy) })
	check(t, c.String()+": dx", dx, wantX)
}

func TestMaxPoolingKeepsNaN(t *testing.T) {
	onEach(t, func(t *testing.T) {
		checkNaN[float32](t)
		checkNaN[float64](t)
	})
}

func checkNaN[T kernel.Float](t *testing.T) {
	t.Helper()
	s := Shape{1, 1, 2, 2}
	p, err := NewPool[T](s, Square(2, 2, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		x := []T{1, 2, 3, 4}
		x[i] = T(math.NaN())
		if y := through(s, p.Out(), x, p.Max); y[0] == y[0] {
			t.Errorf("maximum with NaN at pixel %d is %g, want NaN", i, y[0])
		}
		packed, dx := make([]T, s.Len()), make([]T, s.Len())
		Pack(packed, x, s)
		p.MaxGradient(dx, packed, slices.Repeat([]T{1}, p.Out().Len()))
		if dx[i*Block] != 1 {
			t.Errorf("the gradient at NaN in pixel %d is %g, want 1", i, dx[i*Block])
		}
	}
}

// The gradient goes to the first of several largest pixels.
func TestMaxPoolingGivesTheFirst(t *testing.T) {
	onEach(t, func(t *testing.T) {
		s := Shape{1, 1, 2, 2}
		p, err := NewPool[float32](s, Square(2, 2, 0))
		if err != nil {
			t.Fatal(err)
		}
		for first, x := range [][]float32{{5, 5, 1, 5}, {1, 5, 5, 5}, {1, 1, 5, 5}, {-1, -1, -1, 0}} {
			packed, dx := make([]float32, s.Len()), filled[float32](s.Len())
			Pack(packed, x, s)
			p.MaxGradient(dx, packed, slices.Repeat([]float32{1}, p.Out().Len()))
			for i := range x {
				if want := float32(map[bool]int{true: 1}[i == first]); dx[i*Block] != want {
					t.Errorf("maximum of %v: the gradient at pixel %d is %g, want %g", x, i, dx[i*Block], want)
				}
			}
		}
	})
}

func TestAveragePooling(t *testing.T) {
	for _, padding := range []bool{false, true} {
		for _, c := range poolCases() {
			p, x, dy, each := newPoolCase[float32](t, c)
			in, out := p.In(), p.Out()
			wantY, wantX := newSums(len(dy)), newSums(len(x))
			each(func(y int, pixels []int) {
				n := float64(len(pixels))
				if padding {
					n = float64(c.window.Size[0] * c.window.Size[1])
				}
				for _, i := range pixels {
					wantY.add(y, float64(x[i])/n)
					wantX.add(i, float64(dy[y])/n)
				}
			})
			check(t, c.String()+": y", through(in, out, x, func(y, x []float32) { p.Average(y, x, padding) }), wantY)
			check(t, c.String()+": dx", through(out, in, dy, func(dx, dy []float32) { p.AverageGradient(dx, dy, padding) }), wantX)
		}
	}
}

func TestGlobalAverage(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, s := range normCases {
			x, dy := random[float32](1, s.N*s.C*s.plane()), random[float32](2, s.N*s.C)
			wantY, wantX := newSums(len(dy)), newSums(len(x))
			for i, v := range x {
				wantY.add(i/s.plane(), float64(v)/float64(s.plane()))
				wantX.add(i, float64(dy[i/s.plane()])/float64(s.plane()))
			}
			y := through(s, s.pixel(), x, func(y, x []float32) { GlobalAverage(nil, y, x, s) })
			check(t, "y", y, wantY)
			dx := through(s.pixel(), s, dy, func(dx, dy []float32) { GlobalAverageGradient(dx, dy, s) })
			check(t, "dx", dx, wantX)
		}
	})
}
