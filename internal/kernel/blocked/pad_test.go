package blocked

import (
	"slices"
	"testing"
)

// The blocks of x become the first ones of y; the gradient goes back to where the pixels come from.
func TestPad(t *testing.T) {
	for _, from := range []Shape{{2, 16, 4, 6}, {2, 20, 5, 3}, {1, 3, 1, 1}} {
		to := Shape{from.N, 2*from.C + 5, (from.H + 1) / 2, (from.W + 1) / 2}
		x, dy := random[float32](1, from.N*from.C*from.plane()), random[float32](2, to.N*to.C*to.plane())
		wantY, wantX := make([]float32, len(dy)), make([]float32, len(x))
		for i := range wantY {
			w, h, c, n := i%to.W, i/to.W%to.H, i/to.plane()%to.C, i/to.plane()/to.C
			if c < from.C {
				at := ((n*from.C+c)*from.H+2*h)*from.W + 2*w
				wantY[i], wantX[at] = x[at], dy[i]
			}
		}
		if y := through(from, to, x, func(y, x []float32) { Pad(y, x, from, to, 2) }); !slices.Equal(y, wantY) {
			t.Errorf("%+v: y is %v, want %v", from, y, wantY)
		}
		if dx := through(to, from, dy, func(dx, dy []float32) { PadGradient(dx, dy, from, to, 2) }); !slices.Equal(dx, wantX) {
			t.Errorf("%+v: dx is %v, want %v", from, dx, wantX)
		}
	}
}
