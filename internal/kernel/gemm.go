package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// Float is an element type the kernels work on.
type Float interface{ float32 | float64 }

// Gemm is the matrix product c = alpha·op(a)·op(b) + beta·c of row-major matrices, where op transposes its matrix if asked to:
// op(a) is m by k, op(b) k by n, c m by n. The rows of the matrices as they are stored lie lda, ldb and ldc elements apart.
//
// Each element is a sum over k in order. Its bits do not depend on its position, on m and n, or on the number of cores.
// With beta = 0 c is not read, so it may hold NaN. All other NaN and infinities propagate, also where a factor is zero.
func Gemm[T Float](flushed *Flushed, transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	g := gemm[T]{flushed: flushed, m: m, n: n, k: k, alpha: alpha, beta: beta, c: matrix(c, m, n, ldc), ldc: ldc, d: first(c), ldd: ldc,
		rs: lda, cs: 1, ldb: ldb, transA: transA, transB: transB}
	if transA {
		g.rs, g.cs = 1, lda
		g.a = matrix(a, k, m, lda)
	} else {
		g.a = matrix(a, m, k, lda)
	}
	if transB {
		g.b = matrix(b, n, k, ldb)
	} else {
		g.b = matrix(b, k, n, ldb)
	}
	g.run()
}

// Linear is z = x·w + bias, then finish, for x (batch, in), w (in, out), z (batch, out). The bias may be nil. Finish, which
// may be nil too, is an elementwise function such as [Tanh].
//
// Linear does not apply finish to each piece while it is in the L1 cache: an elementwise function needs whole rows, and pieces
// of whole rows would each have to pack all of w, which was measured to cost more than it saves.
func Linear[T Float](flushed *Flushed, batch, in, out int, x, w, bias []T, finish func(flushed *Flushed, dst, x []T), z []T) {
	g := gemm[T]{flushed: flushed, m: batch, n: out, k: in, alpha: 1, c: matrix(z, batch, out, out), ldc: out,
		a: matrix(x, batch, in, in), rs: in, cs: 1, b: matrix(w, in, out, out), ldb: out}
	if bias != nil {
		g.beta, g.d = 1, matrix(bias, 1, out, out)
	}
	g.run()
	if finish != nil {
		finish(flushed, z, z)
	}
}

// matrix is the address of a matrix's first element. It panics if the slice is too short for its last element.
func matrix[T Float](x []T, rows, cols, stride int) *T {
	if rows > 0 && cols > 0 {
		_ = x[(rows-1)*stride+cols-1]
	}
	return first(x)
}

// A gemm is a product c = alpha·a·b + beta·d, element (i, p) of a at i·rs + p·cs. With ldd = 0 one row d is added to all.
type gemm[T Float] struct {
	flushed     *Flushed
	m, n, k     int
	alpha, beta T
	a           *T
	rs, cs      int
	b           *T
	ldb         int
	transA      bool
	transB      bool
	c, d        *T
	ldc, ldd    int

	rows, cols int // of c in a piece of work; they do not change the bits
	across     int // pieces side by side
}

const (
	// serial is the number of multiplications up to which a product is computed by one core.
	serial = 1 << 17
	// depth is about how many products are added in registers before they are added to c.
	depth = 256
)

// run splits the product into pieces and computes them.
func (g *gemm[T]) run() {
	if g.m == 0 || g.n == 0 {
		return
	}
	if g.flips() {
		g.flip()
		return
	}
	g.split()
	g.share()
}

// share computes the pieces, on several cores if there are several.
func (g *gemm[T]) share() {
	pieces := g.pieces()
	if pieces == 1 || g.m*g.n*g.k <= serial || pool.Workers() == 1 {
		for i := range pieces {
			g.piece(i)
		}
		return
	}
	if is32[T]() {
		sharePieces(gemmJobs32, (*gemm[float32])(unsafe.Pointer(g)), pieces)
		return
	}
	sharePieces(gemmJobs64, (*gemm[float64])(unsafe.Pointer(g)), pieces)
}

// split chooses the size of the pieces. They are as wide as a panel, so that each panel of b is packed by one core. If a is copied,
// they are larger while there are enough for all cores.
func (g *gemm[T]) split() {
	g.rows, g.cols = 256, panelWidth[T]()
	switch {
	case external != nil: // packs a and b itself
		g.rows, g.cols = max(32, (g.m+1)/2), g.n
	case g.scattered():
		enough := 8 * pool.Workers()
		for g.cols < 16*panelWidth[T]() && g.pieces() >= enough {
			g.cols *= 2
		}
		if g.pieces() >= enough {
			g.rows *= 2
		}
	}
	g.across = (g.n + g.cols - 1) / g.cols
}

// pieces is the number of pieces.
func (g *gemm[T]) pieces() int {
	return ((g.m + g.rows - 1) / g.rows) * ((g.n + g.cols - 1) / g.cols)
}

// scattered reports whether the rows of a lie so far apart that a copy pays: their addresses share few sets of the caches, and each
// is in a page of its own.
func (g *gemm[T]) scattered() bool { return g.rs*g.cs*int(unsafe.Sizeof(*g.a)) > 2048 }

// A gemmJob is a product computed on several cores.
type gemmJob[T Float] struct{ gemm[T] }

// Do computes a piece.
func (j *gemmJob[T]) Do(i int) { j.piece(i) }

var (
	gemmJobs32 = newJobs[gemmJob[float32]]()
	gemmJobs64 = newJobs[gemmJob[float64]]()
)

func sharePieces[T Float](free jobs[gemmJob[T]], g *gemm[T], pieces int) {
	job := free.get()
	job.gemm = *g
	pool.Run(pieces, job)
	job.gemm = gemm[T]{}
	free.put(job)
}

// piece computes the columns and rows of a piece.
func (g *gemm[T]) piece(i int) {
	row, col := i/g.across*g.rows, i%g.across*g.cols
	rows, cols := min(g.rows, g.m-row), min(g.cols, g.n-col)
	if external != nil && g.k > 0 {
		computeByOpenBLAS(external, g, row, col, rows, cols)
		return
	}
	g.compute(row, col, rows, cols)
}

// offset is the address of the element n places after p.
func offset[T Float](p *T, n int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(p), n*int(unsafe.Sizeof(*p))))
}
