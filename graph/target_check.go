package graph

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A TargetChecker is a [Loss] that can check targets before training.
type TargetChecker interface {
	Loss
	// CheckTarget returns an error for targets that do not fit outputs of the given shape; the batch sizes may differ.
	CheckTarget(output tensor.Shape, target *tensor.Dense) error
}

var (
	_ TargetChecker = CrossEntropy{}
	_ TargetChecker = BCE{}
)

// Allowances for the rounding of targets that are probabilities. A sum of a few float32 numbers that should be 1 is off by less than
// overOne, and a distribution written with two decimals for each class by less than overSum.
const (
	overOne = 1e-5
	overSum = 0.1
)

// CheckTarget returns an error unless each label is a class that the output has, or each row a distribution over the classes. A row of
// zeros is allowed: it counts for nothing.
func (l CrossEntropy) CheckTarget(output tensor.Shape, target *tensor.Dense) error {
	if target.Dtype() == tensor.Int {
		return l.checkLabels(target.Ints(), output[len(output)-1], target.Shape()[0])
	}
	if i, v := notProbability(target); i >= 0 {
		return errors.Errorf("the target of sample %d: got %v, want a probability from 0 to 1 for each class", i, v)
	}
	classes := target.Shape()[target.Dims()-1]
	rows := target.Shape().TotalSize() / max(classes, 1)
	for row := range rows {
		sum := 0.0
		for k := range classes {
			sum += number(target, row*classes+k)
		}
		if sum != 0 && math.Abs(sum-1) > overSum {
			return errors.Errorf("the target of sample %d: got probabilities that sum to %.4g, want 1 (divide them by their sum, or take BCE if a sample may be of several classes)",
				row*target.Shape()[0]/rows, sum)
		}
	}
	return nil
}

func (l CrossEntropy) checkLabels(labels []int, classes, samples int) error {
	positions := max(1, len(labels)/samples) // of each sample
	for i, class := range labels {
		if isPadding := l.Padded && class == op.Padding; !isPadding && (class < 0 || class >= classes) {
			return errors.Errorf("the class of sample %d: got %d, want 0 to %d as the model has %d outputs", i/positions, class, classes-1, classes)
		}
	}
	return nil
}

// CheckTarget returns an error unless each target is a probability. With others the loss has no least value: it falls for ever.
func (BCE) CheckTarget(_ tensor.Shape, target *tensor.Dense) error {
	i, v := notProbability(target)
	switch {
	case i < 0:
		return nil
	case v == -1:
		return errors.Errorf("the target of sample %d: got -1, want 0 to 1 (turn labels of -1 and 1 into 0 and 1: (y+1)/2)", i)
	}
	return errors.Errorf("the target of sample %d: got %v, want 0 to 1 (give labels as 0 and 1, or a probability)", i, v)
}

// notProbability is the first sample with a target that is no probability, and that target; the sample is -1 if there is none.
func notProbability(target *tensor.Dense) (sample int, v float64) {
	size := target.Shape().TotalSize()
	for i := range size {
		if v := number(target, i); !(v >= 0 && v <= 1+overOne) { // NaN is none
			return i * target.Shape()[0] / size, v
		}
	}
	return -1, 0
}

// number is an element of a tensor of numbers.
func number(t *tensor.Dense, i int) float64 {
	if t.Dtype() == tensor.Float32 {
		return float64(t.Float32s()[i])
	}
	return t.Float64s()[i]
}
