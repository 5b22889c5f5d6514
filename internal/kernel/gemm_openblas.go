package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel/openblas"
)

var (
	openBLASCalls32 = newJobs[openblas.Call[float32]]()
	openBLASCalls64 = newJobs[openblas.Call[float64]]()
)

// computeByOpenBLAS computes a part of a product by the library.
func computeByOpenBLAS[T Float](lib *openblas.Library, g *gemm[T], row, col, rows, cols int) {
	if is32[T]() {
		call := openBLASCalls32.get()
		callOpenBLAS(call, lib, (*gemm[float32])(unsafe.Pointer(g)), row, col, rows, cols)
		openBLASCalls32.put(call)
		return
	}
	call := openBLASCalls64.get()
	callOpenBLAS(call, lib, (*gemm[float64])(unsafe.Pointer(g)), row, col, rows, cols)
	openBLASCalls64.put(call)
}

func callOpenBLAS[T float32 | float64](call *openblas.Call[T], lib *openblas.Library, g *gemm[T], row, col, rows, cols int) {
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
	call.Run(lib, g.transA, g.transB, rows, cols, g.k, g.alpha, offset(g.a, row*g.rs), lda, b, g.ldb, beta, offset(g.c, row*g.ldc+col), g.ldc)
}
