//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package kernel

import "unsafe"

var (
	gemmCalls32 = newJobs[gemmCall[float32]]()
	gemmCalls64 = newJobs[gemmCall[float64]]()
)

// compute computes a part of c by the library.
func (lib *openBLAS) compute(g unsafe.Pointer, double bool, row, col, rows, cols int) {
	if double {
		call := gemmCalls64.get()
		call.compute(lib.dgemm, (*gemm[float64])(g), row, col, rows, cols)
		gemmCalls64.put(call)
		return
	}
	call := gemmCalls32.get()
	call.compute(lib.sgemm, (*gemm[float32])(g), row, col, rows, cols)
	gemmCalls32.put(call)
}

func (c *gemmCall[T]) compute(routine uintptr, g *gemm[T], row, col, rows, cols int) {
	beta := g.beta
	if beta != 0 && g.ldd == 0 { // a row for all
		for i := range rows {
			copy(unsafe.Slice(offset(g.c, (row+i)*g.ldc+col), cols), unsafe.Slice(offset(g.d, col), cols))
		}
	}
	b := offset(g.b, col)
	if g.transB {
		b = offset(g.b, col*g.ldb)
	}
	lda := g.rs
	if g.transA {
		lda = g.cs
	}
	c.run(routine, g.transA, g.transB, rows, cols, g.k, g.alpha, offset(g.a, row*g.rs), lda, b, g.ldb, beta, offset(g.c, row*g.ldc+col), g.ldc)
}
