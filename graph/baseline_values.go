package graph

import (
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// The best constant of an absolute error is the median, and that of Huber's error lies between median and mean: sums do not tell it, so
// targets are kept.

var (
	_ Baseliner = MAE{}
	_ Baseliner = Huber{}
)

// Bounds of the kept targets: as many values in all, but so many samples at least.
const (
	keptValues = 1 << 16
	keptRows   = 64
)

// NewTargetMoments are moments without samples that take in what the baseline of a loss needs.
func NewTargetMoments(l Loss) TargetMoments {
	if s, standardized := l.(StandardizedLoss); standardized {
		l = s.Loss
	}
	switch l.(type) {
	case MAE, Huber:
		return TargetMoments{KeptEvery: 1}
	}
	return TargetMoments{}
}

// keep keeps the targets of evenly spaced samples, where m has this many samples already. If there are too many, every other one is dropped
// and the distance doubles.
func (m *TargetMoments) keep(target *tensor.Dense, before, units int) {
	switch target.Dtype() {
	case tensor.Float32:
		keepRows(m, target.Float32s(), before, units)
	case tensor.Float64:
		keepRows(m, target.Float64s(), before, units)
	}
}

func keepRows[T kernel.Float](m *TargetMoments, x []T, before, units int) {
	most := max(keptRows, keptValues/units)
	for i := range len(x) / units {
		if (before+i)%m.KeptEvery != 0 {
			continue
		}
		if len(m.Kept) == most*units {
			for row := range most / 2 {
				copy(m.Kept[row*units:(row+1)*units], m.Kept[2*row*units:])
			}
			m.Kept, m.KeptEvery = m.Kept[:most/2*units], 2*m.KeptEvery
			if (before+i)%m.KeptEvery != 0 {
				continue
			}
		}
		for _, v := range x[i*units : (i+1)*units] {
			m.Kept = append(m.Kept, float64(v))
		}
	}
}

// kept are the kept targets of an output, in ascending order.
func (m TargetMoments) kept(unit int) (values []float64) {
	for i := unit; i < len(m.Kept); i += len(m.Sum) {
		values = append(values, m.Kept[i])
	}
	slices.Sort(values)
	return values
}

// leastLoss is the sum over the outputs of the mean loss of the best constant over the kept targets.
func (m TargetMoments) leastLoss(best func(sorted []float64) float64, loss func(difference float64) float64) (sum float64) {
	if len(m.Kept) == 0 {
		return 0
	}
	for j := range m.Sum {
		values := m.kept(j)
		c, total := best(values), 0.0
		for _, v := range values {
			total += loss(c - v)
		}
		sum += total / float64(len(values))
	}
	return sum
}

// Baseline is the mean distance of the targets from their median, the mean over the outputs; 0, unknown, if the moments keep no targets, see
// [NewTargetMoments].
func (l MAE) Baseline(m TargetMoments, batch int) float64 {
	median := func(sorted []float64) float64 { return sorted[len(sorted)/2] }
	return reducedElements(l, m.leastLoss(median, math.Abs), len(m.Sum), batch)
}

// Baseline is the loss of the constant that minimises it, the mean over the outputs; 0, unknown, if the moments keep no targets, see
// [NewTargetMoments].
func (l Huber) Baseline(m TargetMoments, batch int) float64 {
	delta := orDefault(l.Delta, 1)
	best := func(sorted []float64) float64 {
		low, high := sorted[0], sorted[len(sorted)-1]
		for range 64 { // halvings, more than a number has binary digits
			c, slope := low/2+high/2, 0.0
			for _, v := range sorted {
				slope += max(-delta, min(c-v, delta))
			}
			if slope > 0 {
				high = c
			} else {
				low = c
			}
		}
		return low
	}
	return reducedElements(l, m.leastLoss(best, func(d float64) float64 {
		if d = math.Abs(d); d > delta {
			return delta * (d - delta/2)
		}
		return d * d / 2
	}), len(m.Sum), batch)
}
