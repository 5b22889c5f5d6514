package blocked

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// TestSpeedOfProducts prints the operations per second of matrix products on one core, and their share of the peak that a loop of
// multiply-adds on registers reaches in the same run, as [TestSpeed] does for convolutions.
func TestSpeedOfProducts(t *testing.T) {
	if !*speed {
		t.Skip("asked for by -speed")
	}
	flops, loop := peakLoop()
	if flops == 0 {
		t.Skip("plain Go has no loop of multiply-adds")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, size := range [][3]int{{64, 128, 128}, {64, 256, 256}, {256, 256, 256}, {257, 257, 257}, {256, 256, 784}, {512, 512, 512},
		{1000, 1000, 1000}, {1024, 1024, 1024}, {2048, 2048, 2048}} {
		measureProduct(size[0], size[1], size[2], flops, loop)
	}
}

// measureProduct prints the speed of a product of m by n elements, sums of k, with either factor transposed too.
func measureProduct(m, n, k int, flops float64, loop func(n int)) {
	const loops = 100_000
	a, b, c := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
	fill(a)
	fill(b)
	work := float64(m) * float64(n) * float64(k)
	products := max(1, int(5e7/work)) // in a run, as processor time is known to a microsecond
	product := func(transA, transB bool, lda, ldb int) func() {
		return func() {
			for range products {
				kernel.Gemm(nil, transA, transB, m, n, k, 1, a, lda, b, ldb, 0, c, n)
			}
		}
	}
	runs := []func(){func() { loop(loops) }, product(false, false, k, n), product(false, true, k, k), product(true, false, m, n)}
	least := fastest(runs, max(5, min(100, int(1e10/work))))
	peak := flops * loops / least[0].Seconds()
	line := fmt.Sprintf("%4dx%-4dx%-4d", m, n, k)
	for i, name := range []string{"a·b", "a·bᵀ", "aᵀ·b"} {
		rate := 2 * work * float64(products) / least[i+1].Seconds()
		line += fmt.Sprintf(" | %s %5.1f GF/s %3.0f %%", name, rate/1e9, 100*rate/peak)
	}
	fmt.Printf("%s (peak %.0f)\n", line, peak/1e9)
}

// fill sets elements to small integers.
func fill(x []float32) {
	for i := range x {
		x[i] = float32(i%17) - 8
	}
}
