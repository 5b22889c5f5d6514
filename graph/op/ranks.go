package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Ranks are the processes that train together, as the operations on all their batches see them.
type Ranks interface {
	// Samples is the number of samples in the current batch: those of this rank, and those of all.
	Samples() (own, all int)
	// Sum replaces numbers by their sums over the ranks. All ranks call it in the same order, with as many numbers.
	Sum(numbers []float64) error
}

// RankMean is the mean of x over the ranks, weighted by their samples. Its gradient is the same mean of dy, if the loss is a mean over the
// samples: dL/dx of the common loss, times the number of all samples over that of the rank, as other gradients of the rank's own loss are.
//
// The sums are taken in float64. Machines compute such operations in the order in which they were drawn, and never twice or in parallel.
func RankMean(x *gorgonia.Node, ranks Ranks) (*gorgonia.Node, error) {
	o := &Op{
		name:   "rank_mean",
		spec:   Spec{Kind: KindRankMean},
		types:  repeat(dimsOf(x), 1),
		shape:  sameShapes,
		random: true,
		kernel: kernels{rankMean[float32](ranks), rankMean[float64](ranks)},
		grad: func(_ gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := RankMean(dy, ranks)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

func rankMean[T Float](ranks Ranks) func(*call[T]) error {
	return func(c *call[T]) error {
		own, all := ranks.Samples()
		sums := c.scratch(len(c.out))
		clear(sums)
		if own > 0 { // otherwise x may be anything
			for i, v := range c.in[0] {
				sums[i] = float64(v) * float64(own)
			}
		}
		if err := ranks.Sum(sums); err != nil {
			return err
		}
		for i, s := range sums {
			c.out[i] = T(s / float64(all))
		}
		return nil
	}
}

// RankUnbiased makes the biased variance of so many elements for each sample of all ranks the unbiased one. It has no gradient.
func RankUnbiased(variance *gorgonia.Node, elements int, ranks Ranks) (*gorgonia.Node, error) {
	o := &Op{
		name:   fmt.Sprintf("rank_unbiased(elements=%d)", elements),
		spec:   Spec{Kind: KindVariance},
		types:  repeat(dimsOf(variance), 1),
		shape:  func(in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil },
		random: true,
		kernel: kernels{rankUnbiased[float32](elements, ranks), rankUnbiased[float64](elements, ranks)},
	}
	return o.apply(variance)
}

func rankUnbiased[T Float](elements int, ranks Ranks) func(*call[T]) error {
	return func(c *call[T]) error {
		_, all := ranks.Samples()
		n := float64(all * elements)
		for i, v := range c.in[0] {
			c.out[i] = T(float64(v) * n / (n - 1))
		}
		return nil
	}
}
