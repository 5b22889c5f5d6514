package kernel

// softmaxRowsVector is [SoftmaxRows] by a vector kernel, if there is one for rows of this length.
func softmaxRowsVector[T Float](s []T, cols int, top []T, sum []float64) bool {
	switch {
	case !useAVX2 || cols%block[T]() != 0:
		return false
	case is32[T]():
		softmaxRows32(as32(&s[0]), len(top), cols, as32(&top[0]), &sum[0], mode())
	default:
		softmaxRows64(as64(&s[0]), len(top), cols, as64(&top[0]), &sum[0], mode())
	}
	return true
}

// softmaxSlopesVector is [SoftmaxSlopes] by a vector kernel, if there is one for rows of this length.
func softmaxSlopesVector[T Float](s, dp []T, cols int, logSum, delta []T, scale T) bool {
	switch {
	case !useAVX2 || cols%block[T]() != 0:
		return false
	case is32[T]():
		softmaxSlopes32(as32(&s[0]), as32(&dp[0]), len(logSum), cols, as32(&logSum[0]), as32(&delta[0]), float32(scale), mode())
	default:
		softmaxSlopes64(as64(&s[0]), as64(&dp[0]), len(logSum), cols, as64(&logSum[0]), as64(&delta[0]), float64(scale), mode())
	}
	return true
}
