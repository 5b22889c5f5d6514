package scale

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Fit is the exponent p of a law size ~ n^p, with an interval that holds it at the level [Confidence].
type Fit struct {
	Exponent, Low, High float64
}

// Confidence is the level of the intervals.
const Confidence = 0.95

// fitPower fits a power of the sizes to values of each, (size, seed), by least squares of logarithms. The mean of the logarithms over the
// seeds is one point, and points that lie beside the line count as noise, whether they are random or the law is not yet a power: the
// interval is that of Student's t distribution for as many degrees of freedom as there are points, less two. It is infinite for fewer than
// three points, and NaN comes with an infinite one if a value is not positive and finite.
func fitPower(sizes []int, values [][]float64) Fit {
	x, y := make([]float64, len(sizes)), make([]float64, len(sizes))
	for i, n := range sizes {
		x[i] = math.Log(float64(n))
		for _, v := range values[i] {
			y[i] += math.Log(v) / float64(len(values[i]))
		}
	}
	meanX, meanY := mean(x), mean(y)
	var xx, xy, rest float64
	for i := range x {
		xx += (x[i] - meanX) * (x[i] - meanX)
		xy += (x[i] - meanX) * (y[i] - meanY)
	}
	slope := xy / xx
	for i := range x {
		d := y[i] - meanY - slope*(x[i]-meanX)
		rest += d * d
	}
	if math.IsNaN(slope) || math.IsInf(slope, 0) {
		return Fit{math.NaN(), math.Inf(-1), math.Inf(1)}
	}
	freedom := float64(len(x) - 2)
	if freedom < 1 {
		return Fit{slope, math.Inf(-1), math.Inf(1)}
	}
	t := distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(1 - (1-Confidence)/2)
	half := t * math.Sqrt(rest/freedom/xx)
	return Fit{slope, slope - half, slope + half}
}

// Holds tells whether the interval holds an exponent.
func (f Fit) Holds(exponent float64) bool { return f.Low <= exponent && exponent <= f.High }

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}
