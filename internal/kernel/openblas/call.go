//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package openblas

import (
	"unsafe"

	"github.com/ebitengine/purego"
)

// A Call holds the arguments of a matrix product, which Fortran takes by address. Calls stay on the heap and
// are reused, so that each product makes only one small allocation, in purego.
type Call[T float32 | float64] struct {
	transA, transB byte
	m, n, k        int32
	lda, ldb, ldc  int32
	alpha, beta    T
	a, b, c        *T // keep the matrices reachable, and off the stack, which Go may move
	args           [13]uintptr
}

// Run is c = alpha·op(a)·op(b) + beta·c for row-major matrices. Fortran stores matrices by columns and
// sees each transposed, so Run computes cᵀ = op(b)ᵀ·op(a)ᵀ.
func (g *Call[T]) Run(lib *Library, transA, transB bool, m, n, k int, alpha T, a *T, lda int, b *T, ldb int, beta T, c *T, ldc int) {
	g.transA, g.transB, g.m, g.n, g.k = letter(transA), letter(transB), int32(m), int32(n), int32(k)
	g.lda, g.ldb, g.ldc, g.alpha, g.beta = int32(lda), int32(ldb), int32(ldc), alpha, beta
	g.a, g.b, g.c = a, b, c
	for i, p := range [13]unsafe.Pointer{
		unsafe.Pointer(&g.transB), unsafe.Pointer(&g.transA), unsafe.Pointer(&g.n), unsafe.Pointer(&g.m), unsafe.Pointer(&g.k),
		unsafe.Pointer(&g.alpha), unsafe.Pointer(b), unsafe.Pointer(&g.ldb), unsafe.Pointer(a), unsafe.Pointer(&g.lda),
		unsafe.Pointer(&g.beta), unsafe.Pointer(c), unsafe.Pointer(&g.ldc),
	} {
		g.args[i] = uintptr(p)
	}
	routine := lib.dgemm
	if unsafe.Sizeof(alpha) == 4 {
		routine = lib.sgemm
	}
	purego.SyscallN(routine, g.args[:]...)
	g.a, g.b, g.c = nil, nil, nil
}

func letter(trans bool) byte {
	if trans {
		return 'T'
	}
	return 'N'
}
