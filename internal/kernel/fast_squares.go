package kernel

// FastSumSquares is Σ x². It adds squares in float32 in short runs, and the runs in float64, in half the time of [SumSquares].
// If right is true, the relative error is at most 2e-6. It is false if the sum is below 1e-27 or above 1e37, where squares may
// have left float32's range, or if there is a NaN: use SumSquares then.
func FastSumSquares(x []float32) (sum float64, right bool) {
	sum = fastSumSquares(x)
	return sum, 1e-27 < sum && sum < 1e37
}
