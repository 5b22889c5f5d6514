package vanishing

import (
	"math/rand/v2"
	"testing"
)

// Of many rows, which the tokens of a batch of sequences are, some are compared: the pairs of all would take minutes. Rows that point in one
// of two directions by chance overlap by a half.
func TestOverlapOfManyRows(t *testing.T) {
	const rows, cols = 1 << 17, 64
	rng := rand.New(rand.NewPCG(5, 1))
	x := make([]float32, rows*cols)
	for i := range rows {
		x[i*cols+rng.IntN(2)] = 1
	}
	within(t, "overlap", overlapOf(x, rows), 0.5, 0.02) // of 512 rows the share s in one direction has a deviation of 0.02, and s²+(1-s)² one of 0.001
	for _, c := range []struct{ rows, cols, want int }{{256, 784, 256}, {512, 128, 512}, {513, 1, 512}, {4000, 10_000, 141}, {4000, 1_000_000, 64}, {10, 1_000_000, 10}} {
		some, n := someRows(make([]float32, c.rows*c.cols), c.rows, c.cols)
		if n != c.want || len(some) != n*c.cols {
			t.Errorf("%d rows of %d: got %d rows in %d numbers, want %d rows", c.rows, c.cols, n, len(some), c.want)
		}
	}
}
