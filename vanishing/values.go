package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// histogram counts the elements of a value by exponent.
func (w *probe) histogram(v gorgonia.Value) *profile.Histogram {
	single, double := elements(v)
	if single != nil {
		return newHistogram(&w.counts, single)
	}
	return newHistogram(&w.counts, double)
}

// newHistogram counts numbers by exponent; c is scratch memory.
func newHistogram[T kernel.Float](c *kernel.ExponentCounts, x []T) *profile.Histogram {
	kernel.CountExponents(c, x)
	both := append(append(make([]int, 0, 2*len(c.Negative)), c.Negative...), c.Positive...)
	n := len(c.Negative)
	return &profile.Histogram{Low: c.Low, Negative: both[:n:n], Positive: both[n:], Zero: c.Zero, NaN: c.NaN, Inf: c.Inf}
}

// elements returns the elements of a value as a float32 or a float64 slice; the other one is nil. The slice shares the memory of
// the value, except for a scalar or a view.
func elements(v gorgonia.Value) ([]float32, []float64) {
	switch v := v.(type) {
	case *tensor.Dense:
		if v.RequiresIterator() || v.DataOrder().IsColMajor() {
			v = v.Materialize().(*tensor.Dense)
		}
		if v.Dtype() == tensor.Float32 {
			return v.Float32s(), nil
		}
		return nil, v.Float64s()
	case *gorgonia.F32:
		return []float32{float32(*v)}, nil
	case *gorgonia.F64:
		return nil, []float64{float64(*v)}
	}
	return nil, nil
}

func valueL2(v gorgonia.Value) number {
	single, double := elements(v)
	if single != nil {
		return number(vecnorm.L2(single))
	}
	return number(vecnorm.L2(double))
}

// valueSizes returns the L2 norm and the root mean square, in one pass.
func valueSizes(v gorgonia.Value) (norm, rms number) {
	norm = valueL2(v)
	return norm, norm / rootOf(v.Shape().TotalSize())
}

// rootOf returns the square root of a number of elements, at least 1. An L2 norm divided by it is a root mean square.
func rootOf(elements int) number { return number(math.Sqrt(float64(max(elements, 1)))) }

func valueRMS(v gorgonia.Value) float64 {
	single, double := elements(v)
	if single != nil {
		return vecnorm.RMS(single)
	}
	return vecnorm.RMS(double)
}

func valueMeanStd(v gorgonia.Value) (mean, std number) {
	single, double := elements(v)
	if single != nil {
		return numbers2(vecnorm.MeanStd(single))
	}
	return numbers2(vecnorm.MeanStd(double))
}

func numbers2(a, b float64) (x, y number) { return number(a), number(b) }

// zeros returns the share of elements that are zero.
func zeros(v gorgonia.Value) number {
	single, double := elements(v)
	if single != nil {
		return number(vecnorm.ZeroShare(single))
	}
	return number(vecnorm.ZeroShare(double))
}

// valueAbs returns the L2 norm, the largest and the mean absolute value, in one pass. All are NaN if an element is.
func valueAbs(v gorgonia.Value) (norm, largest, mean number) {
	var a, b, c float64
	if single, double := elements(v); single != nil {
		a, b, c = vecnorm.AbsStats(single)
	} else {
		a, b, c = vecnorm.AbsStats(double)
	}
	return number(a), number(b), number(c)
}
