package kernel

import "unsafe"

// portable computes a part of c in plain Go.
func (g *gemm[T]) portable(row, col, rows, cols int) {
	var sums [128]T
	for i := row; i < row+rows; i++ {
		for at := 0; at < cols; at += len(sums) {
			g.portableRow(i, col+at, sums[:min(len(sums), cols-at)])
		}
	}
}

// portableRow computes part of a row of c. It adds rows of b, so that the inner loop runs along memory.
func (g *gemm[T]) portableRow(i, col int, sum []T) {
	clear(sum)
	for p := range g.k {
		a := *offset(g.a, i*g.rs+p*g.cs)
		if g.transB {
			for j := range sum {
				sum[j] += a * *offset(g.b, (col+j)*g.ldb+p)
			}
			continue
		}
		for j, b := range unsafe.Slice(offset(g.b, p*g.ldb+col), len(sum)) {
			sum[j] += a * b
		}
	}
	c := unsafe.Slice(offset(g.c, i*g.ldc+col), len(sum))
	for j, v := range sum {
		v *= g.alpha
		if g.beta != 0 {
			v += g.beta * *offset(g.d, i*g.ldd+col+j)
		}
		c[j] = v
	}
}
