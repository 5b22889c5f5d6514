package kernel

// FastSumSquares is Σ x² for numbers whose squares are added in float32, in short runs, before the sum goes on in float64: it
// takes half the time of [SumSquares]. It is right to 2e-6 of itself and true. Where squares may have left float32's range,
// because the sum is below 1e-27 or above 1e37, or where there is a NaN, it is not: ask SumSquares then.
func FastSumSquares(x []float32) (sum float64, right bool) {
	sum = fastSumSquares(x)
	return sum, 1e-27 < sum && sum < 1e37
}
