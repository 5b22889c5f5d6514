//go:build !amd64

package kernel

// On other processors everything is plain Go.

func hasAssembly() bool { return false }

func kernels() string { return "plain Go" }

func limit() string { return "" }

func compute[T Float](_ *Flushed, f function, dst, a, b []T, argument T) {
	portable(f, dst, a, b, argument)
}

func scanBlocks[T Float](scan, *lanes, []T) int { return 0 }

func sumPanels[T Float](_ *Flushed, kind columnSum, dst, x, y, mean []T, rows, cols, from, to int, f finish) {
	portableSums(kind, dst, x, y, mean, rows, cols, from, to, f)
}

func mapPanels[T Float](_ *Flushed, m columnMap, dst, x, y []T, v vectors[T], rows, cols, from, to int) {
	portableMap(m, dst, x, y, v, rows, cols, from, to)
}

func updatePiece[T Float](u update, level Measurement, w, g, m, v []T, coefs *[maxCoefs]T) Sums {
	return portableUpdate(u, level, w, g, m, v, coefs)
}

// panelWidth is the number of columns in a piece of a product.
func panelWidth[T Float]() int { return 2 * block[T]() }

func (g *gemm[T]) compute(row, col, rows, cols int) { g.portable(row, col, rows, cols) }

func countBlocks[T Float](_, _ []T, _, _ T, _, _ int) int { return 0 }

func transposeSquares[T Float](_ []T, _ int, _ []T, _, _, _ int) (down, across int) { return 0, 0 }

func (w *rowWork[T]) compute(from, to int) { w.portable(from, to) }

func (w *rowWork[T]) gains(from, to int) { w.portableGains(from, to) }

func softmaxRowsVector[T Float]([]T, int, []T, []float64) bool { return false }

func softmaxSlopesVector[T Float](_, _ []T, _ int, _, _ []T, _ T) bool { return false }

func (p *Packed[T]) pack(g *gemm[T]) { p.packPlain(g) }

func (p *Packed[T]) multiply(g *gemm[T]) { p.multiplyPlain(g) }
