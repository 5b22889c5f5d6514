package op

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// CrossEntropyIgnoring is [CrossEntropy] of class labels in which one number, such as -1 for padding, is no class: positions with this
// label have no loss and no gradient, and MeanReduction averages over the others. Without others a mean is 0; PyTorch's is NaN.
func CrossEntropyIgnoring(logits, labels *gorgonia.Node, r Reduction, smoothing float64, ignored int) (*gorgonia.Node, error) {
	if !(smoothing >= 0 && smoothing < 1) {
		return nil, errors.Errorf("cross_entropy_ignoring: got smoothing %v, want a number in [0, 1)", smoothing)
	}
	targetType, err := classTarget(logits, labels)
	if err == nil && labels.Dtype() != tensor.Int {
		err = errors.Errorf("labels: got type %v, want int", labels.Dtype())
	}
	if err != nil {
		return nil, errors.Wrap(err, "cross_entropy_ignoring")
	}
	return lossOp(fmt.Sprintf("cross_entropy_ignoring(%d, smoothing=%v)", ignored, smoothing), logits, labels, targetType, r, classShapes,
		kernels{crossEntropyIgnoring[float32](r, smoothing, ignored), crossEntropyIgnoring[float64](r, smoothing, ignored)},
		kernels{crossEntropyIgnoringBackward[float32](r, smoothing, ignored), crossEntropyIgnoringBackward[float64](r, smoothing, ignored)})
}

func crossEntropyIgnoring[T Float](r Reduction, smoothing float64, ignored int) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		if err := checkCounted(c.labels, cols, ignored); err != nil {
			return err
		}
		size := rows / len(c.out) // samples of each loss
		for k := range c.out {
			var sum float64
			n := counted(c.labels, k*size, (k+1)*size, ignored, func(from, to int) { sum += crossEntropySum(c, smoothing, from, to) })
			c.out[k] = T(sum * r.weight(max(n, 1)))
		}
		return nil
	}
}

func crossEntropyIgnoringBackward[T Float](r Reduction, smoothing float64, ignored int) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		if err := checkCounted(c.labels, cols, ignored); err != nil {
			return err
		}
		for i, label := range c.labels {
			if label == ignored {
				clear(row(c.out, i, cols))
			}
		}
		size := rows / len(c.in[2])
		for k, dloss := range c.in[2] {
			n := counted(c.labels, k*size, (k+1)*size, ignored, func(int, int) {})
			factor := float64(dloss) * r.weight(max(n, 1))
			counted(c.labels, k*size, (k+1)*size, ignored, func(from, to int) { crossEntropySlopes(c, smoothing, from, to, factor) })
		}
		return nil
	}
}

// counted calls f for each stretch of labels in [from, to) that are not ignored, and gives their number.
func counted(labels []int, from, to, ignored int, f func(from, to int)) (n int) {
	for i := from; i < to; i++ {
		start := i
		for i < to && labels[i] != ignored {
			i++
		}
		if n += i - start; i > start {
			f(start, i)
		}
	}
	return n
}

// checkCounted returns an error for a label that is no class and is not ignored.
func checkCounted(labels []int, classes, ignored int) error {
	for i, label := range labels {
		if label != ignored && (label < 0 || label >= classes) {
			return errors.Errorf("label of sample %d: got %d, want 0 to %d for %d classes, or %d", i, label, classes-1, classes, ignored)
		}
	}
	return nil
}
