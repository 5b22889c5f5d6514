package kernel

import "testing"

func TestTranspose(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, size := range [][2]int{{1, 1}, {8, 8}, {16, 144}, {16, 9}, {3, 40}, {9, 17}, {20, 7}, {0, 3}, {3, 0}} {
			checkTranspose[float32](t, size[0], size[1])
			checkTranspose[float64](t, size[0], size[1])
		}
	})
}

// checkTranspose transposes a matrix that ends a slice, with gaps between its rows, which must stay.
func checkTranspose[T Float](t *testing.T, rows, cols int) {
	t.Helper()
	lds, ldd := cols+3, rows+2
	src, dst := make([]T, max(0, (rows-1)*lds+cols)), make([]T, max(0, (cols-1)*ldd+rows))
	for i := range src {
		src[i] = T(i + 1)
	}
	Transpose(dst, ldd, src, lds, rows, cols)
	for k, got := range dst {
		i, j, want := k%ldd, k/ldd, T(0)
		if i < rows && j < cols {
			want = src[i*lds+j]
		}
		if got != want {
			t.Fatalf("%d by %d of %T: row %d, column %d of the result is %g, want %g", rows, cols, got, j, i, got, want)
		}
	}
}
