// Package blas is the one door to dense linear algebra. It knows slices and nothing else.
package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Float is an element type the kernels work on.
type Float interface{ float32 | float64 }

// Gemm computes c = op(a)·op(b) + beta·c for row-major matrices, op(a) being m x k and op(b) k x n.
// With transA, a is stored k x m; with transB, b is stored n x k.
func Gemm[T Float](transA, transB bool, m, n, k int, a, b []T, beta T, c []T) {
	lda, ldb := k, n
	ta, tb := blas.NoTrans, blas.NoTrans
	if transA {
		ta, lda = blas.Trans, m
	}
	if transB {
		tb, ldb = blas.Trans, k
	}
	var impl gonum.Implementation
	switch a := any(a).(type) {
	case []float32:
		impl.Sgemm(ta, tb, m, n, k, 1, a, lda, any(b).([]float32), ldb, float32(beta), any(c).([]float32), n)
	case []float64:
		impl.Dgemm(ta, tb, m, n, k, 1, a, lda, any(b).([]float64), ldb, float64(beta), any(c).([]float64), n)
	}
}
