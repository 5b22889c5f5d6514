package vanishing

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// histogram counts the numbers of a value.
func (w *probe) histogram(v gorgonia.Value) *profile.Histogram {
	single, double := elements(v)
	if single != nil {
		return newHistogram(&w.counts, single)
	}
	return newHistogram(&w.counts, double)
}

// newHistogram counts numbers, in memory that is used again.
func newHistogram[T kernel.Float](c *kernel.ExponentCounts, x []T) *profile.Histogram {
	kernel.CountExponents(c, x)
	return &profile.Histogram{
		Low: c.Low, Negative: slices.Clone(c.Negative), Positive: slices.Clone(c.Positive), Zero: c.Zero, NaN: c.NaN, Inf: c.Inf,
	}
}

// elements gives the numbers of a value as a float32 or a float64 slice; the other one is nil. They are shared with the
// value, except for a scalar or a view.
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

func valueL2(v gorgonia.Value) float64 {
	single, double := elements(v)
	if single != nil {
		return vecnorm.L2(single)
	}
	return vecnorm.L2(double)
}

// valueSizes is the L2 norm and the root mean square, in one pass.
func valueSizes(v gorgonia.Value) (norm, rms float64) {
	norm = valueL2(v)
	return norm, norm / math.Sqrt(float64(max(v.Shape().TotalSize(), 1)))
}

func valueRMS(v gorgonia.Value) float64 {
	single, double := elements(v)
	if single != nil {
		return vecnorm.RMS(single)
	}
	return vecnorm.RMS(double)
}

func valueMeanStd(v gorgonia.Value) (mean, std float64) {
	single, double := elements(v)
	if single != nil {
		return vecnorm.MeanStd(single)
	}
	return vecnorm.MeanStd(double)
}

// zeros is the share of elements that are zero.
func zeros(v gorgonia.Value) float64 {
	single, double := elements(v)
	if single != nil {
		return vecnorm.ZeroShare(single)
	}
	return vecnorm.ZeroShare(double)
}

// valueAbs is the L2 norm, the largest absolute value and the mean of the absolute values, in one pass. A NaN makes all NaN.
func valueAbs(v gorgonia.Value) (norm, largest, mean float64) {
	single, double := elements(v)
	if single != nil {
		return vecnorm.AbsStats(single)
	}
	return vecnorm.AbsStats(double)
}
