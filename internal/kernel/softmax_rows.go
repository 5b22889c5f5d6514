package kernel

import "math"

// SoftmaxRows is a step of a softmax whose rows come in parts. It replaces the element of top for each row by the larger of it and the
// row's maximum, ignoring NaN, the elements of s, rows of cols elements, by exp(s - top), and that of sum by Σ exp(s - top). Elements of
// -Inf give 0, whatever top is. Nothing counts as flushed: probabilities may be too small for their type.
func SoftmaxRows[T Float](s []T, cols int, top []T, sum []float64) {
	s, sum = s[:len(top)*cols], sum[:len(top)]
	if len(s) == 0 || softmaxRowsVector(s, cols, top, sum) {
		return
	}
	for i := range top {
		row := s[i*cols : (i+1)*cols]
		for _, v := range row {
			if v > top[i] {
				top[i] = v
			}
		}
		sum[i] = 0
		for j, v := range row {
			e := math.Exp(float64(v) - max(float64(top[i]), -math.MaxFloat32))
			row[j] = T(e)
			sum[i] += float64(row[j])
		}
	}
}

// SoftmaxSlopes replaces the elements of s, rows of cols elements, by p = exp(s - logSum), and those of dp by scale·p·(dp - delta), where
// logSum and delta have an element for each row.
func SoftmaxSlopes[T Float](s, dp []T, cols int, logSum, delta []T, scale T) {
	s, dp, delta = s[:len(logSum)*cols], dp[:len(logSum)*cols], delta[:len(logSum)]
	if len(s) == 0 || softmaxSlopesVector(s, dp, cols, logSum, delta, scale) {
		return
	}
	for i, l := range logSum {
		s, dp, d := s[i*cols:(i+1)*cols], dp[i*cols:(i+1)*cols], delta[i]
		for j, v := range s {
			s[j] = T(math.Exp(float64(v - l)))
			dp[j] = scale * s[j] * (dp[j] - d)
		}
	}
}
