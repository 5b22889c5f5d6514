package blas

import "math"

// This file stands in for the vector kernels: the same functions in plain Go.

// Linear is z = x·w + bias for x (batch, in) and w (in, out), where bias may be nil; finish, unless nil, is applied to z.
func Linear[T Float](batch, in, out int, x, w, bias []T, finish func(dst, x []T), z []T) {
	var beta T
	if bias != nil {
		beta = 1
		for i := range batch {
			copy(z[i*out:(i+1)*out], bias)
		}
	}
	Gemm(false, false, batch, out, in, 1, x, in, w, out, beta, z, out)
	if finish != nil {
		finish(z, z)
	}
}

func Add[T Float](dst, a, b []T) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func Sub[T Float](dst, a, b []T) {
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func Mul[T Float](dst, a, b []T) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func Div[T Float](dst, a, b []T) {
	for i := range dst {
		dst[i] = a[i] / b[i]
	}
}

func Scale[T Float](dst []T, alpha T, x []T) {
	for i, v := range x {
		dst[i] = alpha * v
	}
}

func ReLU[T Float](dst, x []T) {
	for i, v := range x {
		dst[i] = max(0, v)
	}
}

func ReLUBackward[T Float](dx, y, dy []T) {
	for i, y := range y {
		d := dy[i]
		if y <= 0 {
			d = 0
		}
		dx[i] = d
	}
}

func each[T Float](dst, x []T, f func(float64) float64) {
	for i, v := range x {
		dst[i] = T(f(float64(v)))
	}
}

func slope[T Float](dx, x, dy []T, f func(float64) float64) {
	for i, v := range x {
		dx[i] = T(f(float64(v)) * float64(dy[i]))
	}
}

func logistic(x float64) float64  { return 1 / (1 + math.Exp(-x)) }
func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func Tanh[T Float](dst, x []T)    { each(dst, x, math.Tanh) }
func Sigmoid[T Float](dst, x []T) { each(dst, x, logistic) }

func GELU[T Float](dst, x []T) {
	each(dst, x, func(x float64) float64 { return x * normalCDF(x) })
}

func SiLU[T Float](dst, x []T) {
	each(dst, x, func(x float64) float64 { return x * logistic(x) })
}

func TanhBackward[T Float](dx, y, dy []T) {
	slope(dx, y, dy, func(y float64) float64 { return 1 - y*y })
}

func SigmoidBackward[T Float](dx, y, dy []T) {
	slope(dx, y, dy, func(y float64) float64 { return y * (1 - y) })
}

func GELUBackward[T Float](dx, x, dy []T) {
	slope(dx, x, dy, func(x float64) float64 { return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi) })
}

func SiLUBackward[T Float](dx, x, dy []T) {
	slope(dx, x, dy, func(x float64) float64 {
		y := logistic(x)
		return y * (1 + x*(1-y))
	})
}

func Sum[T Float](x []T) (sum float64) {
	for _, v := range x {
		sum += float64(v)
	}
	return sum
}

// columns gives, for each of n columns, the sum of f over its elements.
func columns[T Float](dst, x []T, f func(i, j int) float64) {
	cols := len(dst)
	for j := range cols {
		var sum float64
		for i := j; i < len(x); i += cols {
			sum += f(i, j)
		}
		dst[j] = T(sum)
	}
}

func SumRows[T Float](dst, x []T) {
	columns(dst, x, func(i, _ int) float64 { return float64(x[i]) })
}

func ColumnMeans[T Float](mean, x []T) {
	n := float64(len(x) / len(mean))
	cols := len(mean)
	for j := range cols {
		var sum float64
		for i := j; i < len(x); i += cols {
			sum += float64(x[i])
		}
		mean[j] = T(sum / n)
	}
}

func ColumnRStd[T Float](rstd, x, mean []T, eps float64) {
	n := float64(len(x) / len(mean))
	cols := len(mean)
	for j := range cols {
		rstd[j] = T(1 / math.Sqrt(squares(x[j:], mean[j], cols)/n+eps))
	}
}

func ColumnVars[T Float](v, x, mean []T, div float64) {
	cols := len(mean)
	for j := range cols {
		v[j] = T(squares(x[j:], mean[j], cols) / div)
	}
}

// squares is the sum of squares of every step-th element about a mean.
func squares[T Float](x []T, mean T, step int) (sum float64) {
	for i := 0; i < len(x); i += step {
		d := float64(x[i]) - float64(mean)
		sum += d * d
	}
	return sum
}

func NormalizeColumns[T Float](y, x, mean, rstd, gain, shift []T) {
	cols := len(mean)
	for i, v := range x {
		j := i % cols
		y[i] = (v-mean[j])*rstd[j]*gain[j] + shift[j]
	}
}

func ColumnDGain[T Float](dgain, x, mean, rstd, dy []T) {
	columns(dgain, x, func(i, j int) float64 {
		return float64(dy[i]) * (float64(x[i]) - float64(mean[j])) * float64(rstd[j])
	})
}

func NormalizeColumnsBackward[T Float](dx, x, mean, rstd, gain, dy, dgain, dshift []T) {
	cols := len(mean)
	n := float64(len(x) / cols)
	for i, v := range dy {
		j := i % cols
		hat := (float64(x[i]) - float64(mean[j])) * float64(rstd[j])
		dx[i] = T(float64(rstd[j]) * float64(gain[j]) * (float64(v) - float64(dshift[j])/n - hat*float64(dgain[j])/n))
	}
}

func RowMeans[T Float](mean, x []T) {
	cols := len(x) / len(mean)
	for i := range mean {
		mean[i] = T(Sum(x[i*cols:(i+1)*cols]) / float64(cols))
	}
}

func RowRStd[T Float](rstd, x, mean []T, eps float64) {
	cols := len(x) / len(mean)
	for i := range mean {
		rstd[i] = T(1 / math.Sqrt(squares(x[i*cols:(i+1)*cols], mean[i], 1)/float64(cols)+eps))
	}
}

func NormalizeRows[T Float](y, x, mean, rstd, gain, shift []T) {
	cols := len(gain)
	for i, v := range x {
		r, j := i/cols, i%cols
		y[i] = (v-mean[r])*rstd[r]*gain[j] + shift[j]
	}
}

func RowDGain[T Float](dgain, x, mean, rstd, dy []T) {
	cols := len(dgain)
	columns(dgain, x, func(i, _ int) float64 {
		r := i / cols
		return float64(dy[i]) * (float64(x[i]) - float64(mean[r])) * float64(rstd[r])
	})
}

func NormalizeRowsBackward[T Float](dx, x, mean, rstd, gain, dy []T) {
	cols := len(gain)
	for i := range mean {
		dy, x, dx := dy[i*cols:(i+1)*cols], x[i*cols:(i+1)*cols], dx[i*cols:(i+1)*cols]
		mu, r := float64(mean[i]), float64(rstd[i])
		var sum, sumHat float64
		for j, v := range dy {
			g := float64(v) * float64(gain[j])
			sum += g
			sumHat += g * (float64(x[j]) - mu) * r
		}
		sum, sumHat = sum/float64(cols), sumHat/float64(cols)
		for j, v := range dy {
			hat := (float64(x[j]) - mu) * r
			dx[j] = T(r * (float64(v)*float64(gain[j]) - sum - hat*sumHat))
		}
	}
}

func logSumExp[T Float](x []T) (top, sum float64) {
	top = math.Inf(-1)
	for _, v := range x {
		top = max(top, float64(v))
	}
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top, sum
}

func Softmax[T Float](p, x []T, cols int) {
	for i := 0; i < len(x); i += cols {
		x, p := x[i:i+cols], p[i:i+cols]
		top, sum := logSumExp(x)
		for j, v := range x {
			p[j] = T(math.Exp(float64(v)-top) / sum)
		}
	}
}

func SoftmaxCrossEntropy[T Float](dz, z []T, labels []int, cols int, factor float64) {
	for i, label := range labels {
		z, dz := z[i*cols:(i+1)*cols], dz[i*cols:(i+1)*cols]
		top, sum := logSumExp(z)
		for j, v := range z {
			p := math.Exp(float64(v)-top) / sum
			if j == label {
				p--
			}
			dz[j] = T(factor * p)
		}
	}
}

func CrossEntropyLabels[T Float](z []T, labels []int, cols int) (loss float64) {
	for i, label := range labels {
		z := z[i*cols : (i+1)*cols]
		top, sum := logSumExp(z)
		loss += top - float64(z[label]) + math.Log(sum)
	}
	return loss
}
