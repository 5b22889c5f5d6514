package blas

import (
	"math"
	"math/rand/v2"
	"testing"
)

// naive is the definition of a matrix product, summed in float64.
func naive[T Float](transA, transB bool, m, n, k int, a, b []T, beta T, c []T) []float64 {
	at := func(i, p int) T {
		if transA {
			return a[p*m+i]
		}
		return a[i*k+p]
	}
	bt := func(p, j int) T {
		if transB {
			return b[j*k+p]
		}
		return b[p*n+j]
	}
	want := make([]float64, m*n)
	for i := range m {
		for j := range n {
			sum := float64(beta) * float64(c[i*n+j])
			for p := range k {
				sum += float64(at(i, p)) * float64(bt(p, j))
			}
			want[i*n+j] = sum
		}
	}
	return want
}

// A sum of k products of numbers in [-1, 1] carries at most about k roundings of its own magnitude.
func testGemm[T Float](t *testing.T, eps float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = T(2*rng.Float64() - 1)
		}
		return s
	}
	for _, size := range [][3]int{{1, 1, 1}, {2, 3, 5}, {7, 4, 1}, {1, 9, 70}, {65, 130, 33}} {
		m, n, k := size[0], size[1], size[2]
		for _, transA := range []bool{false, true} {
			for _, transB := range []bool{false, true} {
				for _, beta := range []T{0, 1, 0.5} {
					a, b, c := random(m*k), random(k*n), random(m*n)
					want := naive(transA, transB, m, n, k, a, b, beta, c)
					lda, ldb := k, n
					if transA {
						lda = m
					}
					if transB {
						ldb = k
					}
					Gemm(transA, transB, m, n, k, 1, a, lda, b, ldb, beta, c, n)
					for i, w := range want {
						if diff := math.Abs(float64(c[i]) - w); diff > float64(k+1)*eps {
							t.Fatalf("%v transA=%v transB=%v beta=%v: c[%d] = %v, want %v", size, transA, transB, beta, i, c[i], w)
						}
					}
				}
			}
		}
	}
}

func TestGemmFloat32(t *testing.T) { testGemm[float32](t, 1.2e-7) }
func TestGemmFloat64(t *testing.T) { testGemm[float64](t, 2.3e-16) }
