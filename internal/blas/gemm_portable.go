package blas

import "unsafe"

// portableGemm computes a part of c in plain Go. It adds rows of b, so that the inner loop runs along memory.
func (g *gemm[T]) portable(row, col, rows, cols int) {
	for i := row; i < row+rows; i++ {
		c := unsafe.Slice(offset(g.c, i*g.ldc+col), cols)
		var buffer [128]T // as many columns as a piece has, unless rows are kept whole
		sum := buffer[:]
		if cols > len(sum) {
			sum = make([]T, cols)
		}
		sum = sum[:cols]
		for p := range g.k {
			a := *offset(g.a, i*g.rs+p*g.cs)
			if g.transB {
				for j := range sum {
					sum[j] += a * *offset(g.b, (col+j)*g.ldb+p)
				}
				continue
			}
			for j, b := range unsafe.Slice(offset(g.b, p*g.ldb+col), cols) {
				sum[j] += a * b
			}
		}
		for j, v := range sum {
			v *= g.alpha
			if g.beta != 0 {
				v += g.beta * *offset(g.d, i*g.ldd+col+j)
			}
			c[j] = v
		}
	}
}
