// Package vecnorm measures slices of numbers: norms, means and deviations.
//
// Norms neither overflow nor underflow: the squares of float32 gradients of 1e-25 count, and so do those of float64 gradients of
// 1e-200 and 1e200. Sums are taken in float64. Those of float32 squares of ordinary size are taken partly in float32, with a
// relative error of at most 2e-6. A NaN or an infinity among the elements gives a NaN or an infinity. No function allocates.
package vecnorm

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
)

// smallestSum is the smallest sum of squares in which lost squares, each below 1e-307, are negligible.
const smallestSum = 1e-280

// L2 is the Euclidean norm sqrt(sum x_i^2). It is 0 without elements.
func L2[T kernel.Float](x []T) float64 {
	scale, sum := squares(x, 0)
	return scale * math.Sqrt(sum)
}

// RMS is the root mean square sqrt(sum x_i^2 / n): the typical size of an element. It is 0 without elements.
func RMS[T kernel.Float](x []T) float64 {
	if len(x) == 0 {
		return 0
	}
	scale, sum := squares(x, 0)
	return scale * math.Sqrt(sum/float64(len(x)))
}

// MeanStd is the mean and the standard deviation sqrt(sum (x_i - mean)^2 / n).
func MeanStd[T kernel.Float](x []T) (mean, std float64) {
	if len(x) == 0 {
		return 0, 0
	}
	n := float64(len(x))
	sum, sumSquares := kernel.SumAndSquares(x)
	mean = sum / n
	// E(x²) - mean² loses digits by cancellation if mean² is much larger than the variance, which then needs a second pass.
	if variance := sumSquares/n - mean*mean; variance > 1e-6*mean*mean && smallestSum < variance && sumSquares <= math.MaxFloat64 {
		return mean, math.Sqrt(variance)
	}
	if math.IsInf(mean, 0) {
		mean = scaledMean(x)
	}
	scale, sum := squares(x, mean)
	return mean, scale * math.Sqrt(sum/n)
}

// scaledMean is the mean of elements whose sum may overflow.
func scaledMean[T kernel.Float](x []T) float64 {
	mean := 0.0
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	return mean
}

// squares returns the sum of (x_i - centre)^2 as scale^2·sum. The scale is 1 unless squares would leave float64's range.
func squares[T kernel.Float](x []T, centre float64) (scale, sum float64) {
	if centre == 0 {
		if single, isSingle := any(x).([]float32); isSingle {
			if sum, accurate := kernel.FastSumSquares(single); accurate {
				return 1, sum
			}
		}
		sum = kernel.SumSquares(x)
	} else {
		for _, v := range x {
			d := float64(v) - centre
			sum += d * d
		}
	}
	if smallestSum < sum && sum <= math.MaxFloat64 {
		return 1, sum
	}
	for _, v := range x {
		scale = max(scale, math.Abs(float64(v)-centre)) // NaN if any is
	}
	if scale == 0 || math.IsNaN(scale) || math.IsInf(scale, 0) {
		return scale, 1
	}
	sum = 0
	for _, v := range x {
		d := (float64(v) - centre) / scale
		sum += d * d
	}
	return scale, sum
}

// ZeroShare is the share of the elements that are zero.
func ZeroShare[T kernel.Float](x []T) float64 {
	return float64(kernel.CountZeros(x)) / float64(max(len(x), 1))
}

// AbsStats is the L2 norm, the largest absolute value and the mean of the absolute values, in one pass. A NaN makes all NaN.
func AbsStats[T kernel.Float](x []T) (norm, largest, mean float64) {
	sum, largest, squares := kernel.AbsStats(x)
	if norm = math.Sqrt(squares); !(smallestSum < squares && squares <= math.MaxFloat64) {
		norm = L2(x)
	}
	return norm, largest, sum / float64(max(len(x), 1))
}
