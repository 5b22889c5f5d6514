package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// tapSignal measures the forward signal at the blocks, in records with details, if the channels of all blocks are known.
func (w *probe) tapSignal() {
	w.signal = len(w.blocks) > 0 && !slices.ContainsFunc(w.blocks, func(b *graph.BlockTrace) bool { return w.channelAxis(b) < 0 })
	if !w.signal {
		return
	}
	for i, b := range w.blocks {
		axis := w.channelAxis(b)
		w.details.TapParallel(b.Sum, w.timed(func(r *profile.Record, v gorgonia.Value) {
			s := &r.Signal[i]
			s.SquaredMean, s.Variance = channelStatistics(v, axis)
			if b.Branch == b.Sum {
				s.BranchVariance = s.Variance
			}
		}))
		if b.Branch != b.Sum {
			w.details.TapParallel(b.Branch, w.timed(func(r *profile.Record, v gorgonia.Value) {
				_, r.Signal[i].BranchVariance = channelStatistics(v, axis)
			}))
		}
	}
}

// channelAxis is the axis of a block's sum that the channels lie along; -1 if it is unknown.
func (w *probe) channelAxis(b *graph.BlockTrace) int {
	if b.Last < b.First || b.Sum == nil || b.Branch == nil || !b.Sum.Shape().Eq(b.Branch.Shape()) {
		return -1
	}
	axis := len(b.Sum.Shape()) - 1 - w.program.Layers[b.Last].UnitAxis
	if len(w.program.Layers[b.Last].Pre.Shape()) != len(b.Sum.Shape()) || axis >= len(b.Sum.Shape()) {
		return -1
	}
	return axis
}

// channelStatistics returns the averages over channels of the squared mean and of the variance of a channel.
func channelStatistics(v gorgonia.Value, axis int) (squaredMean, variance number) {
	single, double := elements(v)
	if single != nil {
		return numbers2(channelMoments(single, v.Shape(), axis))
	}
	return numbers2(channelMoments(double, v.Shape(), axis))
}

func channelMoments[T kernel.Float](x []T, shape []int, axis int) (squaredMean, variance float64) {
	channels, run := shape[axis], 1
	for _, n := range shape[axis+1:] {
		run *= n
	}
	if run == 1 {
		// Squares of numbers of about 1e-15 and 1e15 are far from the ends of the range of float32.
		if square, v := columnMoments(x, channels); 1e-30 < v && v < 1e30 && square < 1e30 {
			return square, v
		}
	}
	sums, squares := make([]float64, channels), make([]float64, channels)
	for sample := range slices.Chunk(x, channels*run) {
		if run == 1 {
			addSquares(sums, squares, sample)
			continue
		}
		for c := range channels {
			sum, square := kernel.SumAndSquares(sample[c*run : (c+1)*run])
			sums[c], squares[c] = sums[c]+sum, squares[c]+square
		}
	}
	n := float64(len(x) / channels)
	for c, sum := range sums {
		mean := sum / n
		squaredMean += mean * mean / float64(channels)
		variance += max(0, squares[c]/n-mean*mean) / float64(channels)
	}
	return squaredMean, variance
}

// columnMoments are channelMoments of channels along the last axis, by kernels with results of type T.
func columnMoments[T kernel.Float](x []T, channels int) (squaredMean, variance float64) {
	means, variances := make([]T, channels), make([]T, channels)
	kernel.ColumnMeans(nil, means, x)
	kernel.ColumnVars(nil, variances, x, means, float64(len(x)/channels))
	return kernel.SumSquares(means) / float64(channels), kernel.Sum(variances) / float64(channels)
}

// addSquares adds numbers to sums, and their squares to sums of squares.
func addSquares[T kernel.Float](sums, squares []float64, x []T) {
	sums, squares = sums[:len(x)], squares[:len(x)]
	for c, v := range x {
		sums[c] += float64(v)
		squares[c] += float64(v) * float64(v)
	}
}

// filterNorms are norms of the filters of a convolution, whose weights for one output channel are those of a unit.
func filterNorms(w gorgonia.Value, units structure.Units) *profile.Filters {
	single, double := elements(w)
	if single != nil {
		return filterNormsOf(single, units)
	}
	return filterNormsOf(double, units)
}

func filterNormsOf[T kernel.Float](w []T, units structure.Units) *profile.Filters {
	filters := units.Blocks * units.Count
	norms := make([]float64, filters)
	for i := 0; i < len(w); i += units.Run {
		unit := i/(len(w)/units.Blocks)*units.Count + i/units.Run%units.Count
		norms[unit] = math.Hypot(norms[unit], vecnorm.L2(w[i:i+units.Run]))
	}
	slices.Sort(norms)
	return &profile.Filters{MinL2: number(norms[0]), MedianL2: number((norms[(filters-1)/2] + norms[filters/2]) / 2), MaxL2: number(norms[filters-1])}
}
