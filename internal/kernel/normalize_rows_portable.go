package kernel

import "math"

// portable computes rows [from, to) in plain Go.
func (w *rowWork[T]) portable(from, to int) {
	for i := from; i < to; i++ {
		x := w.x[i*w.cols : (i+1)*w.cols]
		switch w.kind {
		case rowMeans:
			w.dst[i] = T(w.factor * sumOf(x))
		case rowRStd:
			w.dst[i] = T(1 / math.Sqrt(w.factor*squaresAbout(x, float64(w.mean[i]))+w.eps))
		case rowNormalize:
			y, m, r := w.dst[i*w.cols:(i+1)*w.cols], w.mean[i], w.rstd[i]
			for j, g := range w.gain[:w.cols] {
				y[j] = (x[j]-m)*r*g + w.other[j]
			}
		case rowNormalizeBackward:
			w.backward(i, x)
		}
	}
}

// squaresAbout is Σ (x - mean)².
func squaresAbout[T Float](x []T, mean float64) (sum float64) {
	for _, v := range x {
		d := float64(v) - mean
		sum += d * d
	}
	return sum
}

// backward computes row i of a gradient.
func (w *rowWork[T]) backward(i int, x []T) {
	m, r := float64(w.mean[i]), float64(w.rstd[i])
	dy, dx := w.other[i*w.cols:(i+1)*w.cols], w.dst[i*w.cols:(i+1)*w.cols]
	var sum, sumHat float64
	for j, v := range dy {
		g := float64(v) * float64(w.gain[j])
		sum += g
		sumHat += g * (float64(x[j]) - m) * r
	}
	sum, sumHat = sum*w.centre, sumHat*w.factor
	for j, v := range dy {
		g := float64(v) * float64(w.gain[j])
		dx[j] = T(r * (g - sum - (float64(x[j])-m)*r*sumHat))
	}
}

// portableGains computes the gradients of the gains of columns [from, to) in plain Go.
func (w *rowWork[T]) portableGains(from, to int) {
	for j := from; j < to; j++ {
		var sum float64
		for i, m := range w.mean[:w.rows] {
			sum += float64(w.other[i*w.cols+j]) * (float64(w.x[i*w.cols+j]) - float64(m)) * float64(w.rstd[i])
		}
		w.dst[j] = T(sum)
	}
}
