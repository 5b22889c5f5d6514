package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The kernels of rows give what plain Go gives: to a few units in the last place of the largest element, as sums have another order.
func TestRowsAsInPlainGo(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, size := range [][2]int{{1, 16}, {3, 64}, {5, 24}, {200, 128}} {
			checkRows[float32](t, size[0], size[1], 0x1p-21)
			checkRows[float64](t, size[0], size[1], 0x1p-50)
		}
	})
}

func checkRows[T Float](t *testing.T, rows, cols int, tolerance float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	draw := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(rng.NormFloat64())
		}
		return x
	}
	w := rowWork[T]{x: draw(rows * cols), mean: draw(rows), rstd: draw(rows), gain: draw(cols), rows: rows, cols: cols, factor: 1 / float64(cols), eps: 1e-5, centre: 0.7 / float64(cols)}
	for kind, sizes := range map[rowKind][2]int{
		rowMeans: {rows, 0}, rowRStd: {rows, 0}, rowNormalize: {rows * cols, cols}, rowNormalizeBackward: {rows * cols, rows * cols}, rowGain: {cols, rows * cols},
	} {
		w.kind, w.other = kind, draw(sizes[1])
		plain := w
		w.dst, plain.dst = make([]T, sizes[0]), make([]T, sizes[0])
		rowwise(w)
		if plain.portable(0, rows); kind == rowGain {
			plain.portableGains(0, cols)
		}
		largest, worst := 0.0, 0.0
		for i, v := range plain.dst {
			largest, worst = max(largest, math.Abs(float64(v))), max(worst, math.Abs(float64(v-w.dst[i])))
		}
		if !(worst <= tolerance*largest) {
			t.Errorf("kind %d of %T, %d rows of %d: got an error of %g of the largest element, want at most %g", kind, w.x[0], rows, cols, worst/largest, tolerance)
		}
	}
}
