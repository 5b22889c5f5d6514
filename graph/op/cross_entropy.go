package op

import (
	"fmt"
	"math"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// CrossEntropy is -Σ_k y_k·log softmax(z)_k of logits z (batch, classes). The target is a vector of class labels (batch)
// of tensor.Int, or distributions y (batch, classes). With smoothing s, y becomes (1-s)·y + s/classes (Szegedy et al.
// 2016, sec. 7). MeanReduction averages over the batch.
//
// Logits (batch, time, classes) of sequences go with labels (batch, time), or distributions of the shape of the logits, and so do
// those with more axes before the classes. Sums and means are then over all positions.
//
// Its gradient is softmax(z) - y, exact for logits of any size; for a distribution whose sum is not 1 it is
// softmax(z)·Σy - y.
func CrossEntropy(logits, target *gorgonia.Node, r Reduction, smoothing float64) (*gorgonia.Node, error) {
	if !(smoothing >= 0 && smoothing < 1) {
		return nil, errors.Errorf("cross_entropy: got smoothing %v, want a number in [0, 1)", smoothing)
	}
	targetType, err := classTarget(logits, target)
	if err != nil {
		return nil, errors.Wrap(err, "cross_entropy")
	}
	return lossOp(fmt.Sprintf("cross_entropy(smoothing=%v)", smoothing), logits, target, targetType, r, classShapes,
		kernels{crossEntropy[float32](r, smoothing), crossEntropy[float64](r, smoothing)},
		kernels{crossEntropyBackward[float32](r, smoothing), crossEntropyBackward[float64](r, smoothing)})
}

// CrossEntropyProbs is -Σ_k y_k·log p_k of probabilities p (batch, classes), with targets as in [CrossEntropy]. Logarithms
// are clamped to at least -100, as in [BCE], so that a probability of 0 costs 100. The gradient is the derivative of this: -y/p,
// and 0 where the logarithm is clamped, so it stays finite in float32 too. PyTorch's counterpart is NLLLoss of log p, which is
// infinite at 0. A p outside [0, 1] is an error when the loss is computed.
func CrossEntropyProbs(p, target *gorgonia.Node, r Reduction) (*gorgonia.Node, error) {
	targetType, err := classTarget(p, target)
	if err != nil {
		return nil, errors.Wrap(err, "cross_entropy_of_probabilities")
	}
	return lossOp("cross_entropy_of_probabilities", p, target, targetType, r, classShapes,
		kernels{ofProbabilities(crossEntropyProbs[float32](r)), ofProbabilities(crossEntropyProbs[float64](r))},
		kernels{crossEntropyProbsBackward[float32](r), crossEntropyProbsBackward[float64](r)})
}

// classTarget is the type of a target: class labels if it holds integers, distributions otherwise.
func classTarget(prediction, target *gorgonia.Node) (hm.Type, error) {
	dims := max(2, dimsOf(prediction))
	switch {
	case target == nil:
		return nil, errors.New("the target is nil")
	case target.Dtype() == tensor.Int && target.Dims() != dims-1:
		return nil, errors.Errorf("got a prediction of shape %v and labels of shape %v, want (batch, classes) and (batch), "+
			"or (batch, time, classes) and (batch, time)", prediction.Shape(), target.Shape())
	case target.Dtype() == tensor.Int:
		return labelsOf(dims - 1), nil
	case target.Dims() == dims-1:
		return nil, errors.Errorf("target: got shape %v of %v, want class labels of int", target.Shape(), target.Dtype())
	}
	return tensorOf(dims), nil
}

// classShapes requires (batch, ..., classes) for the prediction, and (batch, ...) labels or (batch, ..., classes) distributions.
func classShapes(in []tensor.Shape) (tensor.Shape, error) {
	if len(in[0]) < 2 {
		return nil, errors.Errorf("prediction: got shape %v, want (batch, classes)", in[0])
	}
	if labels := in[0][:len(in[0])-1]; !in[1].Eq(in[0]) && !in[1].Eq(labels) {
		return nil, errors.Errorf("target: got shape %v, want %v class labels or %v distributions for a prediction %v",
			in[1], labels, in[0], in[0])
	}
	return nil, nil
}

// checkLabels returns an error for a label that is no class.
func checkLabels(labels []int, classes int) error {
	for i, label := range labels {
		if label < 0 || label >= classes {
			return errors.Errorf("label of sample %d: got %d, want 0 to %d for %d classes", i, label, classes-1, classes)
		}
	}
	return nil
}

// targets writes row i of the target distribution into y.
func targets[T Float](c *call[T], i int, smoothing float64, y []float64) {
	k := len(y)
	if c.labels == nil {
		for j, v := range row(c.in[1], i, k) {
			y[j] = (1-smoothing)*float64(v) + smoothing/float64(k)
		}
		return
	}
	for j := range y {
		y[j] = smoothing / float64(k)
	}
	y[c.labels[i]] += 1 - smoothing
}

func crossEntropy[T Float](r Reduction, smoothing float64) func(*call[T]) error {
	return overSamples(r, func(c *call[T], from, to int) float64 { return crossEntropySum(c, smoothing, from, to) })
}

// overSamples reduces the losses of samples; sum adds those of samples [from, to).
func overSamples[T Float](r Reduction, sum func(c *call[T], from, to int) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		if err := checkLabels(c.labels, cols); err != nil {
			return err
		}
		size := rows / len(c.out) // samples of each loss
		for k := range c.out {
			c.out[k] = T(sum(c, k*size, (k+1)*size) * r.weight(size))
		}
		return nil
	}
}

// crossEntropySum adds the losses of samples [from, to).
func crossEntropySum[T Float](c *call[T], smoothing float64, from, to int) (sum float64) {
	_, cols := c.rows(0)
	if c.labels != nil && smoothing == 0 {
		return kernel.CrossEntropyLabels(c.flushed, c.in[0][from*cols:to*cols], c.labels[from:to], cols)
	}
	y := c.scratch(cols)
	for i := from; i < to; i++ {
		targets(c, i, smoothing, y)
		z := row(c.in[0], i, cols)
		top, total := logSumExp(z)
		logTotal := math.Log(total)
		for j, v := range z {
			if y[j] != 0 {
				sum += y[j] * (top - float64(v) + logTotal)
			}
		}
	}
	return sum
}

func crossEntropyBackward[T Float](r Reduction, smoothing float64) func(*call[T]) error {
	return backOverSamples(r, func(c *call[T], from, to int, factor float64) { crossEntropySlope(c, smoothing, from, to, factor) })
}

// crossEntropySlope writes the gradient of samples [from, to), times a factor.
func crossEntropySlope[T Float](c *call[T], smoothing float64, from, to int, factor float64) {
	_, cols := c.rows(0)
	if c.labels != nil && smoothing == 0 {
		kernel.SoftmaxCrossEntropy(c.flushed, c.out[from*cols:to*cols], c.in[0][from*cols:to*cols], c.labels[from:to], cols, factor)
		return
	}
	y := c.scratch(cols)
	for i := from; i < to; i++ {
		targets(c, i, smoothing, y)
		mass := 1.0 // for labels
		if c.labels == nil {
			mass = kernel.Sum(y)
		}
		softmaxMinusTarget(row(c.out, i, cols), row(c.in[0], i, cols), y, mass, factor)
	}
}

// backOverSamples is the gradient of overSamples; back writes that of samples [from, to), times a factor.
func backOverSamples[T Float](r Reduction, back func(c *call[T], from, to int, factor float64)) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		if err := checkLabels(c.labels, cols); err != nil {
			return err
		}
		size := rows / len(c.in[2])
		for k, dloss := range c.in[2] {
			back(c, k*size, (k+1)*size, float64(dloss)*r.weight(size))
		}
		return nil
	}
}

// softmaxMinusTarget is dz = factor·(softmax(z)·mass - y).
func softmaxMinusTarget[T Float](dz, z []T, y []float64, mass, factor float64) {
	top, total := logSumExp(z)
	for j, v := range z {
		p := math.Exp(float64(v)-top) / total
		dz[j] = T(factor * (p*mass - y[j]))
	}
}

func crossEntropyProbs[T Float](r Reduction) func(*call[T]) error {
	return overSamples(r, func(c *call[T], from, to int) (sum float64) {
		_, cols := c.rows(0)
		y := c.scratch(cols)
		for i := from; i < to; i++ {
			targets(c, i, 0, y)
			for j, p := range row(c.in[0], i, cols) {
				if y[j] != 0 {
					sum += y[j] * minusLog[T](float64(p), math.Log(float64(p)))
				}
			}
		}
		return sum
	})
}

func crossEntropyProbsBackward[T Float](r Reduction) func(*call[T]) error {
	return backOverSamples(r, func(c *call[T], from, to int, factor float64) {
		_, cols := c.rows(0)
		y := c.scratch(cols)
		for i := from; i < to; i++ {
			targets(c, i, 0, y)
			for j, p := range row(c.in[0], i, cols) {
				c.out[i*cols+j] = T(quotient[T](-factor*y[j], float64(p)))
			}
		}
	})
}
