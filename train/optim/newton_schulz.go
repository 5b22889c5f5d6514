package optim

import "github.com/gradflow/gradflow/internal/kernel"

// newtonSchulz makes a matrix nearly orthogonal: it keeps the singular vectors and brings the singular values near 1. All slices share
// one piece of memory.
type newtonSchulz[T kernel.Float] struct {
	rows, cols int
	x, y       []T // (rows, cols): the matrix, and room for the next one
	gram, p    []T // (k, k) for k = min(rows, cols)
}

// in divides memory of 2·rows·cols + 2·k² elements.
func (newtonSchulz[T]) in(room []T, rows, cols int) newtonSchulz[T] {
	n, k := rows*cols, min(rows, cols)
	return newtonSchulz[T]{
		rows: rows, cols: cols, x: room[:n], y: room[n : 2*n], gram: room[2*n : 2*n+k*k], p: room[2*n+k*k : 2*n+2*k*k],
	}
}

// The number of steps and the coefficients of the polynomial a·x + b·x³ + c·x⁵ of the singular values (Jordan et al. 2024).
const (
	newtonSchulzSteps         = 5
	newtonA, newtonB, newtonC = 3.4445, -4.7750, 2.0315
	newtonEpsilon             = 1e-7
)

// orthogonal makes x nearly orthogonal and returns it. The matrix of zeros stays.
func (n newtonSchulz[T]) orthogonal() []T {
	kernel.Scale(nil, n.x, T(1/(l2(n.x)+newtonEpsilon)), n.x)
	from, to := n.x, n.y
	for range newtonSchulzSteps {
		n.step(to, from)
		from, to = to, from
	}
	return from
}

// step computes y = a·x + (b·G + c·G²)·x for G = x·xᵀ, or a·x + x·(b·G + c·G²) for G = xᵀ·x if that is smaller.
func (n newtonSchulz[T]) step(y, x []T) {
	tall := n.rows > n.cols
	k, long := min(n.rows, n.cols), max(n.rows, n.cols)
	kernel.Gemm(nil, tall, !tall, k, k, long, 1, x, n.cols, x, n.cols, 0, n.gram, k)
	copy(n.p, n.gram)
	kernel.Gemm(nil, false, false, k, k, k, newtonC, n.gram, k, n.gram, k, newtonB, n.p, k)
	copy(y, x)
	if tall {
		kernel.Gemm(nil, false, false, n.rows, n.cols, k, 1, x, n.cols, n.p, k, newtonA, y, n.cols)
		return
	}
	kernel.Gemm(nil, false, false, n.rows, n.cols, k, 1, n.p, k, x, n.cols, newtonA, y, n.cols)
}
