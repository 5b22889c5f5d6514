package op

import (
	"fmt"
	"math"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Reduction is the way in which a loss of many numbers becomes one. Sums are taken in float64.
type Reduction int

// The reductions. The mean is over all elements, and over the samples for a cross-entropy. SampleReduction gives a vector
// (batch), the mean over the elements of each sample.
const (
	MeanReduction Reduction = iota
	SumReduction
	SampleReduction
)

// String is "mean", "sum" or "sample".
func (r Reduction) String() string {
	switch r {
	case MeanReduction:
		return "mean"
	case SumReduction:
		return "sum"
	case SampleReduction:
		return "sample"
	}
	return fmt.Sprintf("reduction(%d)", int(r))
}

// weight is the factor of each of n terms.
func (r Reduction) weight(n int) float64 {
	if r == SumReduction {
		return 1
	}
	return 1 / float64(n)
}

// dims is the number of dimensions of a loss.
func (r Reduction) dims() int {
	if r == SampleReduction {
		return 1
	}
	return 0
}

// shape is the shape of the loss of a prediction.
func (r Reduction) shape(prediction tensor.Shape) tensor.Shape {
	if r == SampleReduction {
		return tensor.Shape{prediction[0]}
	}
	return tensor.ScalarShape()
}

// MSE is the squared error (x - t)². Its gradient: 2(x - t).
func MSE(x, target *gorgonia.Node, r Reduction) (*gorgonia.Node, error) {
	return elementwiseLoss("mse", x, target, r,
		func(x, t float64) float64 { return (x - t) * (x - t) },
		func(x, t float64) float64 { return 2 * (x - t) })
}

// MAE is the absolute error |x - t|. Its gradient is the sign of x - t, and 0 where they are equal.
func MAE(x, target *gorgonia.Node, r Reduction) (*gorgonia.Node, error) {
	return elementwiseLoss("mae", x, target, r,
		func(x, t float64) float64 { return math.Abs(x - t) },
		func(x, t float64) float64 { return sign(x - t) })
}

// Huber is (x - t)²/2 where |x - t| <= delta, and delta·(|x - t| - delta/2) beyond (Huber 1964). Its gradient is x - t,
// clamped to ±delta.
func Huber(x, target *gorgonia.Node, delta float64, r Reduction) (*gorgonia.Node, error) {
	if !(delta > 0) || math.IsInf(delta, 0) {
		return nil, errors.Errorf("huber: got delta %v, want a finite positive number", delta)
	}
	return elementwiseLoss(fmt.Sprintf("huber(delta=%v)", delta), x, target, r,
		func(x, t float64) float64 {
			d := math.Abs(x - t)
			if d <= delta {
				return d * d / 2
			}
			return delta * (d - delta/2)
		},
		func(x, t float64) float64 { return max(-delta, min(x-t, delta)) })
}

// sign is 1, -1, or d itself where it is 0 or NaN.
func sign(d float64) float64 {
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return d
}

// BCEWithLogits is the binary cross-entropy of p = sigmoid(z) and a target t in [0, 1]:
// max(z, 0) - z·t + log(1 + exp(-|z|)), which is exact for any z. Its gradient: p - t.
func BCEWithLogits(z, target *gorgonia.Node, r Reduction) (*gorgonia.Node, error) {
	return elementwiseLoss("bce_with_logits", z, target, r,
		func(z, t float64) float64 { return max(z, 0) - z*t + math.Log1p(math.Exp(-math.Abs(z))) },
		func(z, t float64) float64 { return sigmoid(z) - t })
}

// WeightedBCEWithLogits is [BCEWithLogits] with the term of t times a weight: (1-t)·z + (1 + (weight-1)·t)·log(1 + exp(-z)), as
// PyTorch's with pos_weight. Its gradient: (1-t) - (1 + (weight-1)·t)·(1-p).
func WeightedBCEWithLogits(z, target *gorgonia.Node, weight float64, r Reduction) (*gorgonia.Node, error) {
	if !(weight > 0) || math.IsInf(weight, 0) {
		return nil, errors.Errorf("weighted_bce_with_logits: got weight %v, want a finite positive number", weight)
	}
	return elementwiseLoss(fmt.Sprintf("weighted_bce_with_logits(weight=%v)", weight), z, target, r,
		func(z, t float64) float64 {
			return (1-t)*z + (1+(weight-1)*t)*(max(-z, 0)+math.Log1p(math.Exp(-math.Abs(z))))
		},
		func(z, t float64) float64 { return 1 - t - (1+(weight-1)*t)*sigmoid(-z) })
}

// largestMinusLog is the bound to which the losses of probabilities clamp -log p, so that they are finite at p = 0. Where they are
// clamped they are constant, and their slope is 0.
const largestMinusLog = 100

// leastProbability is the largest p whose -log p is clamped: exp(-100). In float32 it is the smallest normal number, so that 1/p
// stays finite: subnormal numbers below it count as zeros.
func leastProbability[T Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 0x1p-126
	}
	return 3.720075976020836e-44
}

// minusLog is -log p, clamped, from p and its logarithm.
func minusLog[T Float](p, log float64) float64 {
	if p <= leastProbability[T]() {
		return largestMinusLog
	}
	return -log
}

// quotient is y/p, or 0 where the logarithm of p is clamped. The derivative of y·minusLog(p) is -quotient(y, p).
func quotient[T Float](y, p float64) float64 {
	if p <= leastProbability[T]() {
		return 0
	}
	return y / p
}

// BCE is the binary cross-entropy -t·log(p) - (1-t)·log(1-p) of a probability p, with logarithms clamped to at least -100, as in
// PyTorch. Its gradient is the derivative of this: (1-t)/(1-p) - t/p, without the terms whose logarithm is clamped. PyTorch's
// BCELoss clamps the denominator p(1-p) to at least 1e-12 instead, and so has another gradient where p or 1-p is below that.
//
// A p outside [0, 1] is an error when the loss is computed.
func BCE(p, target *gorgonia.Node, r Reduction) (*gorgonia.Node, error) {
	return lossOp("bce", p, target, tensorOf(dimsOf(p)), r, sameShapes,
		kernels{ofProbabilities(reduceLoss[float32](r, bce[float32])), ofProbabilities(reduceLoss[float64](r, bce[float64]))},
		kernels{reduceLossBackward[float32](r, bceSlope[float32]), reduceLossBackward[float64](r, bceSlope[float64])})
}

func bce[T Float](p, t float64) float64 {
	return t*minusLog[T](p, math.Log(p)) + (1-t)*minusLog[T](1-p, math.Log1p(-p))
}

func bceSlope[T Float](p, t float64) float64 {
	if least := leastProbability[T](); p <= least || 1-p <= least {
		return quotient[T](1-t, 1-p) - quotient[T](t, p)
	}
	return (p - t) / (p * (1 - p))
}

// ofProbabilities returns an error for a prediction outside [0, 1]. A NaN passes, to show in the loss.
func ofProbabilities[T Float](f func(*call[T]) error) func(*call[T]) error {
	return func(c *call[T]) error {
		for i, p := range c.in[0] {
			if p < 0 || p > 1 {
				return errors.Errorf("element %d of the prediction: got %v, want a probability in [0, 1] (for logits use the loss of logits)", i, p)
			}
		}
		return f(c)
	}
}

// elementwiseLoss reduces f(x, t) over all elements; df is its derivative by x.
func elementwiseLoss(name string, x, target *gorgonia.Node, r Reduction, f, df func(x, t float64) float64) (*gorgonia.Node, error) {
	return lossOp(name, x, target, tensorOf(dimsOf(x)), r, sameShapes,
		kernels{reduceLoss[float32](r, f), reduceLoss[float64](r, f)},
		kernels{reduceLossBackward[float32](r, df), reduceLossBackward[float64](r, df)})
}

// lossOp is a scalar, or a vector of the samples' losses, of a prediction x and a target. Its backward kernel reads x, the target and
// the gradient of the loss.
func lossOp(name string, x, target *gorgonia.Node, targetType hm.Type, r Reduction, shape shapeRule, forward, backward kernels) (*gorgonia.Node, error) {
	if r != MeanReduction && r != SumReduction && r != SampleReduction {
		return nil, errors.Errorf("%s: unknown reduction: got %v, want MeanReduction, SumReduction or SampleReduction", name, r)
	}
	name = fmt.Sprintf("%s, %v", name, r)
	xType, lossType := tensorOf(dimsOf(x)), hm.Type(floatType)
	if r.dims() > 0 {
		lossType = tensorOf(r.dims())
	}
	o := &Op{
		name:  name,
		spec:  Spec{Kind: KindLoss},
		types: []hm.Type{xType, targetType, lossType},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			if _, err := shape(in); err != nil {
				return nil, err
			}
			return r.shape(in[0]), nil
		},
		kernel: forward,
		wrt:    []bool{true, false},
		grad: func(in gorgonia.Nodes, _, dloss *gorgonia.Node) (gorgonia.Nodes, error) {
			o := &Op{
				name:  name + ", backward",
				spec:  Spec{Kind: KindGradient},
				types: []hm.Type{xType, targetType, lossType, xType},
				shape: func(in []tensor.Shape) (tensor.Shape, error) {
					if want := r.shape(in[0]); !slices.Equal(in[2], want) {
						return nil, errors.Errorf("input 2: got shape %v, want %v", in[2], want)
					}
					_, err := shape(in[:2])
					return in[0].Clone(), err
				},
				kernel:  backward,
				inPlace: []int{0},
			}
			dx, err := o.apply(in[0], in[1], dloss)
			return gorgonia.Nodes{dx, nil}, err
		},
	}
	return o.apply(x, target)
}

func reduceLoss[T Float](r Reduction, f func(x, t float64) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		size := len(c.in[0]) / len(c.out) // elements of each loss
		for k := range c.out {
			var sum float64
			for i, x := range c.in[0][k*size : (k+1)*size] {
				sum += f(float64(x), float64(c.in[1][k*size+i]))
			}
			c.out[k] = T(sum * r.weight(size))
		}
		return nil
	}
}

func reduceLossBackward[T Float](r Reduction, df func(x, t float64) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		size := len(c.in[0]) / len(c.in[2])
		for k, dloss := range c.in[2] {
			factor := float64(dloss) * r.weight(size)
			for i, x := range c.in[0][k*size : (k+1)*size] {
				c.out[k*size+i] = T(factor * df(float64(x), float64(c.in[1][k*size+i])))
			}
		}
		return nil
	}
}
