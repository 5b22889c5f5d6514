package kernel

// fastSquaresWidth is the number of elements that the kernel reads at once.
const fastSquaresWidth = 64

func fastSumSquares(x []float32) float64 {
	whole := len(x) &^ (fastSquaresWidth - 1)
	if !useAVX2 || whole == 0 {
		return SumSquares(x)
	}
	var out lanes
	fastSquares32(&out[0], first(x), whole, flushMode) // with subnormal sums, as of a gradient that has vanished in some steps, it takes ten times as long
	return out.add(block[float32]()) + squaresOf(x[whole:])
}
