package kernel

import "math"

// portableSums sums columns from to to, in plain Go.
func portableSums[T Float](kind columnSum, dst, x, y, mean []T, rows, cols, from, to int, f finish) {
	for j := from; j < to; j++ {
		var sum float64
		for at := j; at < rows*cols; at += cols {
			switch kind {
			case sumX:
				sum += float64(x[at])
			case sumSquares:
				d := float64(x[at]) - float64(mean[j])
				sum += d * d
			case sumCentredXY:
				sum += (float64(x[at]) - float64(mean[j])) * float64(y[at])
			}
		}
		dst[j] = finished[T](sum, f)
	}
}

func finished[T Float](sum float64, f finish) T {
	if f.rsqrt {
		return T(1 / math.Sqrt(f.factor*sum+f.eps))
	}
	return T(f.factor * sum)
}

// portableMap maps columns from to to, in plain Go.
func portableMap[T Float](m columnMap, dst, x, y []T, v vectors[T], rows, cols, from, to int) {
	for j := from; j < to; j++ {
		c := v.coefficients(m, j, float64(rows))
		for at := j; at < rows*cols; at += cols {
			z := (x[at]-c[0])*c[1] + c[2]
			if m == mapNormalizeBackward {
				z += y[at] * c[3]
			}
			dst[at] = z
		}
	}
}
