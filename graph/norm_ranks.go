package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// overRanks draws the normalisation by the moments of the batches of all ranks, in operations whose gradients SymDiff finds: the mean first, and
// then the mean of squares about it, so that no digits cancel.
func (n BatchNorm) overRanks(b *Builder, x, gain, shift, runningMean, runningVar *gorgonia.Node) *gorgonia.Node {
	axes, row := []int{0}, tensor.Shape{1, x.Shape()[1]} // the shape of a statistic that x is broadcast with
	for axis := 2; axis < x.Dims(); axis++ {
		axes, row = append(axes, axis), append(row, 1)
	}
	mean := b.Check(op.RankMean(b.Check(op.ReduceMean(x, axes, true)), b.ranks))
	centred := b.Check(op.BroadcastSub(x, mean))
	squares := b.Check(op.ReduceMean(b.Check(op.Mul(centred, centred)), axes, true))
	variance := b.Check(op.RankMean(squares, b.ranks))
	rstd := b.Check(op.RStdOf(variance, orDefault(n.Eps, normEps)))

	elements := x.Shape().TotalSize() / (x.Shape()[0] * x.Shape()[1])
	unbiased := b.Check(op.RankUnbiased(variance, elements, b.ranks))
	momentum, features := orDefault(n.Momentum, 0.1), runningMean.Shape()
	b.Update(runningMean, b.Check(op.Lerp(runningMean, b.Check(gorgonia.Reshape(mean, features.Clone())), momentum)))
	b.Update(runningVar, b.Check(op.Lerp(runningVar, b.Check(gorgonia.Reshape(unbiased, features.Clone())), momentum)))

	normal := b.Check(op.BroadcastMul(centred, rstd))
	scaled := b.Check(op.BroadcastMul(normal, b.Check(gorgonia.Reshape(gain, row.Clone()))))
	return b.Check(op.BroadcastAdd(scaled, b.Check(gorgonia.Reshape(shift, row.Clone()))))
}
