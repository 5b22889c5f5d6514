package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Padding is the label of a position that holds nothing; see [PaddedCrossEntropy].
const Padding = -1

// PaddedCrossEntropy is [CrossEntropy] of labels some of which are [Padding]: these positions count for nothing and have no gradient, and
// means are over the others. The mean of padding alone is 0.
func PaddedCrossEntropy(logits, labels *gorgonia.Node, r Reduction, smoothing float64) (*gorgonia.Node, error) {
	if !(smoothing >= 0 && smoothing < 1) {
		return nil, errors.Errorf("padded_cross_entropy: got smoothing %v, want a number in [0, 1)", smoothing)
	}
	targetType, err := classTarget(logits, labels)
	if err == nil && labels.Dtype() != tensor.Int {
		err = errors.Errorf("target: got type %v, want class labels of int", labels.Dtype())
	}
	if err != nil {
		return nil, errors.Wrap(err, "padded_cross_entropy")
	}
	return lossOp(fmt.Sprintf("padded_cross_entropy(smoothing=%v)", smoothing), logits, labels, targetType, r, classShapes,
		kernels{paddedCrossEntropy[float32](r, smoothing), paddedCrossEntropy[float64](r, smoothing)},
		kernels{paddedCrossEntropyBackward[float32](r, smoothing), paddedCrossEntropyBackward[float64](r, smoothing)})
}

// CountLabels is the number of labels that are not [Padding], as a scalar of tensor.Float32 or tensor.Float64. It has no gradient.
func CountLabels(labels *gorgonia.Node, dtype tensor.Dtype) (*gorgonia.Node, error) {
	dims := dimsOf(labels)
	switch {
	case dims == 0:
		return nil, errors.New("count_labels: got labels that are nil or a scalar, want a tensor of int")
	case dtype != tensor.Float32 && dtype != tensor.Float64:
		return nil, errors.Errorf("count_labels: got type %v for the result, want float32 or float64", dtype)
	}
	o := &Op{
		name:   fmt.Sprintf("count_labels(%v)", dtype),
		spec:   Spec{Kind: KindSum},
		types:  []hm.Type{labelsOf(dims), dtype},
		shape:  func([]tensor.Shape) (tensor.Shape, error) { return tensor.ScalarShape(), nil },
		kernel: kernels{countLabels[float32], countLabels[float64]},
		wrt:    []bool{false},
	}
	return o.apply(labels)
}

func countLabels[T Float](c *call[T]) error {
	c.out[0] = T(labelled(c.labels))
	return nil
}

// labelled is the number of labels that are not padding.
func labelled(labels []int) (n int) {
	for _, label := range labels {
		if label != Padding {
			n++
		}
	}
	return n
}

// endOfRun is the end of the run of labels from an index on that are all padding, or all not.
func endOfRun(labels []int, from int) int {
	to := from + 1
	for to < len(labels) && (labels[to] == Padding) == (labels[from] == Padding) {
		to++
	}
	return to
}

// checkPaddedLabels returns an error for a label that is neither a class nor padding.
func checkPaddedLabels(labels []int, classes int) error {
	for i, label := range labels {
		if label < Padding || label >= classes {
			return errors.Errorf("label of position %d: got %d, want 0 to %d for %d classes, or %d for padding", i, label, classes-1, classes, Padding)
		}
	}
	return nil
}

func paddedCrossEntropy[T Float](r Reduction, smoothing float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		if err := checkPaddedLabels(c.labels, cols); err != nil {
			return err
		}
		size := rows / len(c.out) // positions of each loss
		for k := range c.out {
			labels, sum := c.labels[k*size:(k+1)*size], 0.0
			for from, to := 0, 0; from < size; from = to {
				if to = endOfRun(labels, from); labels[from] != Padding {
					sum += crossEntropySum(c, smoothing, k*size+from, k*size+to)
				}
			}
			c.out[k] = T(sum * r.weight(max(1, labelled(labels))))
		}
		return nil
	}
}

func paddedCrossEntropyBackward[T Float](r Reduction, smoothing float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		if err := checkPaddedLabels(c.labels, cols); err != nil {
			return err
		}
		size := rows / len(c.in[2])
		for k, dloss := range c.in[2] {
			labels := c.labels[k*size : (k+1)*size]
			factor := float64(dloss) * r.weight(max(1, labelled(labels)))
			for from, to := 0, 0; from < size; from = to {
				if to = endOfRun(labels, from); labels[from] == Padding {
					clear(c.out[(k*size+from)*cols : (k*size+to)*cols])
				} else {
					crossEntropySlope(c, smoothing, k*size+from, k*size+to, factor)
				}
			}
		}
		return nil
	}
}
