package main

import (
	"time"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/internal/blas"
)

// A gemmTime is the speed of one matrix product, in billions of operations per second.
type gemmTime struct {
	bench.Product
	speed []float64
}

// gemmShapes are those of training, and a large square.
var gemmShapes = []bench.Product{
	{M: 64, N: 128, K: 128}, {M: 64, N: 128, K: 128, TransB: true}, {M: 128, N: 128, K: 64, TransA: true},
	{M: 64, N: 256, K: 256}, {M: 256, N: 128, K: 128}, {M: 256, N: 256, K: 256}, {M: 256, N: 256, K: 784},
	{M: 256, N: 784, K: 784}, {M: 64, N: 512, K: 512}, {M: 512, N: 512, K: 256, TransA: true}, {M: 1024, N: 1024, K: 1024},
}

// measureProducts times our products on all cores, in turns.
func measureProducts(rounds int) []gemmTime {
	list := make([]gemmTime, len(gemmShapes))
	for i, p := range gemmShapes {
		list[i].Product = p
	}
	for range rounds {
		for i := range list {
			list[i].speed = append(list[i].speed, speed(list[i].Product))
		}
	}
	return list
}

func speed(p bench.Product) float64 {
	a, b, c := make([]float32, p.M*p.K), make([]float32, p.K*p.N), make([]float32, p.M*p.N)
	lda, ldb := p.K, p.N
	if p.TransA {
		lda = p.M
	}
	if p.TransB {
		ldb = p.K
	}
	once := func() { blas.Gemm(p.TransA, p.TransB, p.M, p.N, p.K, 1, a, lda, b, ldb, 0, c, p.N) }
	operations := 2 * float64(p.M) * float64(p.N) * float64(p.K)
	n := max(1, int(2e8/operations))
	for range max(1, n/10) {
		once()
	}
	start := time.Now()
	for range n {
		once()
	}
	return operations * float64(n) / float64(time.Since(start).Nanoseconds())
}
