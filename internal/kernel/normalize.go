package kernel

import "math"

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

// Normalisation over the features: x and dy are matrices of len(mean) rows and len(gain) columns.
// These functions are plain Go and flush nothing.

// RowMeans is the mean of each row.
func RowMeans[T Float](_ *Flushed, mean, x []T) {
	cols := len(x) / max(len(mean), 1)
	for i := range mean {
		mean[i] = T(Sum(x[i*cols:(i+1)*cols]) / float64(cols))
	}
}

// RowRStd is 1/sqrt(variance + eps) of each row, with the variance divided by the number of columns.
func RowRStd[T Float](_ *Flushed, rstd, x, mean []T, eps float64) {
	cols := len(x) / max(len(mean), 1)
	for i := range rstd {
		var sum float64
		m := float64(mean[i])
		for _, v := range x[i*cols : (i+1)*cols] {
			d := float64(v) - m
			sum += d * d
		}
		rstd[i] = T(1 / math.Sqrt(sum/float64(cols)+eps))
	}
}

// NormalizeRows is (x - mean)·rstd·gain + shift.
func NormalizeRows[T Float](_ *Flushed, y, x, mean, rstd, gain, shift []T) {
	cols := len(gain)
	for i, m := range mean {
		r, x, y := rstd[i], x[i*cols:(i+1)*cols], y[i*cols:(i+1)*cols]
		for j, g := range gain {
			y[j] = (x[j]-m)*r*g + shift[j]
		}
	}
}

// RowDGain is Σ_i dy_ij·xhat_ij of each column j.
func RowDGain[T Float](_ *Flushed, dgain, x, mean, rstd, dy []T) {
	cols := len(dgain)
	for j := range dgain {
		var sum float64
		for i, m := range mean {
			sum += float64(dy[i*cols+j]) * (float64(x[i*cols+j]) - float64(m)) * float64(rstd[i])
		}
		dgain[j] = T(sum)
	}
}

// NormalizeRowsBackward is rstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dy·gain, row by row.
func NormalizeRowsBackward[T Float](_ *Flushed, dx, x, mean, rstd, gain, dy []T) {
	cols := len(gain)
	for i := range mean {
		m, r := float64(mean[i]), float64(rstd[i])
		x, dy, dx := x[i*cols:(i+1)*cols], dy[i*cols:(i+1)*cols], dx[i*cols:(i+1)*cols]
		var sum, sumHat float64
		for j, v := range dy {
			g := float64(v) * float64(gain[j])
			sum += g
			sumHat += g * (float64(x[j]) - m) * r
		}
		sum, sumHat = sum/float64(cols), sumHat/float64(cols)
		for j, v := range dy {
			g := float64(v) * float64(gain[j])
			dx[j] = T(r * (g - sum - (float64(x[j])-m)*r*sumHat))
		}
	}
}
