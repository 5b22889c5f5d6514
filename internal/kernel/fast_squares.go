package kernel

// FastSumSquares is Σ x². It adds squares in float32 in short runs, and the runs in float64, in half the time of [SumSquares].
// If right is true, the relative error is at most 2e-6. It is false if the sum is so small that squares below float32's range count, if it
// is above 1e37, where squares may have been above that range, or if there is a NaN: use SumSquares then.
func FastSumSquares(x []float32) (sum float64, right bool) {
	const lost = 0x1p-126 // each addition loses less than this, as smaller results become zeros
	sum = fastSumSquares(x)
	return sum, 1e-27+1e6*lost*float64(len(x)) < sum && sum < 1e37
}
