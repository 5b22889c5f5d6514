package blas

// roughWidth is the number of elements that the kernel reads at once.
const roughWidth = 64

func roughSquares(x []float32) float64 {
	whole := len(x) &^ (roughWidth - 1)
	if !useAVX2 || whole == 0 {
		return SumSquares(x)
	}
	var out lanes
	rough32(&out[0], first(x), whole, ieeeMode)
	return out.add(block[float32]()) + squaresOf(x[whole:])
}
