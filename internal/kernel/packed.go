package kernel

import "unsafe"

// A Packed is the second factor of many products, in the order in which the kernels read it. It serves products with few rows, as
// those of the steps of a recurrence, for which [Gemm] would take as long to pack the factor as to multiply by it.
type Packed[T Float] struct {
	k, n   int
	memory []T
}

// Pack takes op(b), k by n, whose rows as they are stored lie ldb elements apart; op transposes b if asked to. It allocates only if
// the matrix is larger than all before.
func (p *Packed[T]) Pack(transB bool, n, k int, b []T, ldb int) {
	g := gemm[T]{n: n, k: k, ldb: ldb, transB: transB}
	if transB {
		g.b = matrix(b, n, k, ldb)
	} else {
		g.b = matrix(b, k, n, ldb)
	}
	p.k, p.n = k, n
	width := panelWidth[T]()
	if size := k * ((n + width - 1) / width * width); cap(p.memory) < size {
		p.memory = make([]T, size)
	} else {
		p.memory = p.memory[:size]
	}
	p.pack(&g)
}

// Multiply is c = a·b + d, for a and c of m rows that lie lda and ldc elements apart. With ldd = 0 the row d is added to all rows;
// d may be c, and nil for none. The bits are those of [Gemm], unless OpenBLAS computes the products. Multiply works on one core.
func (p *Packed[T]) Multiply(flushed *Flushed, m int, a []T, lda int, d []T, ldd int, c []T, ldc int) {
	if m == 0 || p.n == 0 {
		return
	}
	g := gemm[T]{flushed: flushed, m: m, n: p.n, k: p.k, alpha: 1, a: matrix(a, m, p.k, lda), rs: lda, cs: 1, c: matrix(c, m, p.n, ldc), ldc: ldc, ldd: ldd}
	if d != nil {
		rows := m
		if ldd == 0 {
			rows = 1
		}
		g.beta, g.d = 1, matrix(d, rows, p.n, ldd)
	}
	p.multiply(&g)
}

// packPlain copies op(b), for OpenBLAS and for the kernel in plain Go.
func (p *Packed[T]) packPlain(g *gemm[T]) {
	for i := range p.k {
		for j := range p.n {
			at := i*g.ldb + j
			if g.transB {
				at = j*g.ldb + i
			}
			p.memory[i*p.n+j] = *offset(g.b, at)
		}
	}
}

// multiplyPlain multiplies by OpenBLAS, or in plain Go.
func (p *Packed[T]) multiplyPlain(g *gemm[T]) {
	g.b, g.ldb = first(p.memory), p.n
	if external == nil || p.k == 0 {
		g.portable(0, 0, g.m, g.n)
		return
	}
	if g.ldd > 0 && g.d != g.c { // the library adds to c
		for i := range g.m {
			copy(unsafe.Slice(offset(g.c, i*g.ldc), g.n), unsafe.Slice(offset(g.d, i*g.ldd), g.n))
		}
	}
	computeByOpenBLAS(external, g, 0, 0, g.m, g.n)
}
