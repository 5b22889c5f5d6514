package kernel

import "math"

// Normalisation by the root mean square: x, y and dy are matrices of len(gain) columns.

// RMSNorm is x·r·gain with r = 1/sqrt(mean(x²) + eps) of each row. y may be x.
func RMSNorm[T Float](y, x, gain []T, eps float64) {
	for cols := len(gain); len(x) > 0; x, y = x[cols:], y[cols:] {
		r := T(inverseRMS(x[:cols], eps))
		for j, g := range gain {
			y[j] = x[j] * r * g
		}
	}
}

// RMSNormBackward is dx = r·(g - xhat·mean(g·xhat)) with g = dy·gain and xhat = x·r. dx may be x or dy.
func RMSNormBackward[T Float](dx, x, gain, dy []T, eps float64) {
	for cols := len(gain); len(x) > 0; x, dy, dx = x[cols:], dy[cols:], dx[cols:] {
		r := inverseRMS(x[:cols], eps)
		var inner float64
		for j, g := range gain {
			inner += float64(dy[j]) * float64(g) * float64(x[j])
		}
		inner *= r * r / float64(cols)
		for j, g := range gain {
			dx[j] = T(r * (float64(dy[j])*float64(g) - float64(x[j])*inner))
		}
	}
}

// RMSNormDGain is the sum of dy·x·r over the rows. The sums are taken in memory for one number of each column.
func RMSNormDGain[T Float](dgain, x, dy []T, eps float64, sums []float64) {
	clear(sums)
	for cols := len(dgain); len(x) > 0; x, dy = x[cols:], dy[cols:] {
		r := inverseRMS(x[:cols], eps)
		for j := range sums {
			sums[j] += float64(dy[j]) * float64(x[j]) * r
		}
	}
	for j, sum := range sums {
		dgain[j] = T(sum)
	}
}

// inverseRMS is 1/sqrt(mean(x²) + eps).
func inverseRMS[T Float](x []T, eps float64) float64 {
	return 1 / math.Sqrt(SumSquares(x)/float64(len(x))+eps)
}
