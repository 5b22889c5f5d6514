package kernel

// Normalisation over the batch: x and dy are matrices of n rows and len(mean) columns, statistics have one element for
// each column and are taken in float64.

// ColumnMeans is the mean of each column.
func ColumnMeans[T Float](flushed *Flushed, mean, x []T) {
	sumDown(flushed, sumX, mean, x, x, mean, finish{factor: float64(len(mean)) / float64(len(x))})
}

// ColumnRStd is 1/sqrt(variance + eps) of each column, with the variance divided by n.
func ColumnRStd[T Float](flushed *Flushed, rstd, x, mean []T, eps float64) {
	sumDown(flushed, sumSquares, rstd, x, x, mean, finish{factor: float64(len(mean)) / float64(len(x)), rsqrt: true, eps: eps})
}

// ColumnVars is the sum of squared deviations from the mean, divided by div, of each column.
func ColumnVars[T Float](flushed *Flushed, v, x, mean []T, div float64) {
	sumDown(flushed, sumSquares, v, x, x, mean, finish{factor: 1 / div})
}

// NormalizeColumns is (x - mean)·rstd·gain + shift.
func NormalizeColumns[T Float](flushed *Flushed, y, x, mean, rstd, gain, shift []T) {
	mapDown(flushed, mapNormalize, y, x, x, vectors[T]{mean, rstd, gain, shift})
}

// ColumnDGain is Σ dy·(x - mean)·rstd of each column.
func ColumnDGain[T Float](flushed *Flushed, dgain, x, mean, rstd, dy []T) {
	sumDown(flushed, sumCentredXY, dgain, x, dy, mean, finish{factor: 1})
	for j := range dgain {
		dgain[j] *= rstd[j]
	}
}

// NormalizeColumnsBackward is rstd·gain·(dy - dshift/n - xhat·dgain/n) with xhat = (x - mean)·rstd, dgain as from
// [ColumnDGain] and dshift the sum of the rows of dy.
func NormalizeColumnsBackward[T Float](flushed *Flushed, dx, x, mean, rstd, gain, dy, dgain, dshift []T) {
	mapDown(flushed, mapNormalizeBackward, dx, x, dy, vectors[T]{mean, rstd, gain, dgain, dshift})
}
