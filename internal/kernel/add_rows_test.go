package kernel

import (
	"math/rand/v2"
	"testing"
)

// Rows are added where their labels say, in order.
func TestAddToRows(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, cols := range []int{1, 17, 300} {
			const rows, table = 200, 5
			rng := rand.New(rand.NewPCG(1, uint64(cols)))
			x, labels := randn[float32](rng, rows*cols), make([]int, rows)
			got, want := make([]float32, table*cols), make([]float32, table*cols)
			for i := range labels {
				labels[i] = rng.IntN(table - 1) // no label is the last row
				for j := range cols {
					want[labels[i]*cols+j] += x[i*cols+j]
				}
			}
			AddToRows(nil, got, x, labels, cols)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%d columns: element %d is %g, want %g", cols, i, got[i], want[i])
				}
			}
		}
	})
}
