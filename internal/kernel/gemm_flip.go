package kernel

import (
	"slices"
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// flips reports whether the product is computed as its transpose, cᵀ = op(b)ᵀ·aᵀ. A transposed b is copied before it is multiplied, which
// takes long if few rows of a use the copy. In the transposed product b is the left factor, which is read in place.
func (g *gemm[T]) flips() bool {
	few := panelWidth[T]()
	return hasAssembly() && external == nil && g.transB && !g.transA && g.beta == 0 && few/2 <= g.m && g.m <= few && g.n >= 4*g.m
}

// A flip is memory for the transpose of c.
type flip[T Float] struct{ c []T }

var (
	flips32 = newJobs[flip[float32]]()
	flips64 = newJobs[flip[float64]]()
)

func (g *gemm[T]) flip() {
	if is32[T]() {
		w := flips32.get()
		(*gemm[float32])(unsafe.Pointer(g)).runFlipped(w)
		flips32.put(w)
		return
	}
	w := flips64.get()
	(*gemm[float64])(unsafe.Pointer(g)).runFlipped(w)
	flips64.put(w)
}

// runFlipped computes cᵀ = b·aᵀ and transposes it into c. Each element is the same sum in the same order, so it has the same bits.
func (g *gemm[T]) runFlipped(w *flip[T]) {
	w.c = slices.Grow(w.c[:0], g.n*g.m)[:g.n*g.m]
	f := gemm[T]{flushed: g.flushed, m: g.n, n: g.m, k: g.k, alpha: g.alpha, a: g.b, rs: g.ldb, cs: 1, b: g.a, ldb: g.rs, transB: true,
		c: first(w.c), ldc: g.m, d: first(w.c), ldd: g.m}
	f.rows, f.cols, f.across = flippedRows(g.n), g.m, 1
	f.share()
	Transpose(unsafe.Slice(g.c, (g.m-1)*g.ldc+g.n), g.ldc, w.c, g.m, g.n, g.m)
}

// flippedRows is the number of rows in a piece, a multiple of the tiles' heights. Each core gets one piece, since each piece packs all of a.
func flippedRows(rows int) int {
	const tile = 24 // a multiple of the heights of the highest tiles
	return (rows/pool.Workers()/tile + 1) * tile
}
