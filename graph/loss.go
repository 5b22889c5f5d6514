package graph

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A Loss draws the scalar to be minimised from a model's output and a target.
type Loss interface {
	// Target is the shape and type of the targets for a model's output: (batch) class labels, or a tensor.
	Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype)
	// Apply draws the loss. It may read other inputs, such as a mask, by [Builder.Input].
	Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node
	// Reduction tells how the losses of the samples become one number, so that a trainer can combine batches.
	Reduction() Reduction
	String() string
}

// A Reduction tells how a loss reduces many numbers to one.
type Reduction = op.Reduction

// Mean averages over the batch, or over all elements: the loss of a dataset is the mean over batches, each weighted by its
// number of samples. Sum adds: the loss of a dataset is the sum over all samples divided by their number.
const (
	Mean = op.MeanReduction
	Sum  = op.SumReduction
)

// CrossEntropy is the softmax cross-entropy -sum_k y_k log softmax(z)_k of logits z (batch, classes), averaged over the
// batch. Its gradient is softmax(z) - y, exact for logits of any size.
//
// Logits may be those of sequences, (batch, time, classes), with labels (batch, time): the mean is then over all positions.
type CrossEntropy struct {
	OneHot        bool    // targets are distributions of the output's shape; otherwise integer labels, one for each row of logits
	Smoothing     float64 // share of the uniform distribution in the target, in [0, 1); Szegedy et al. 2016
	Probabilities bool    // the model's output are probabilities, not logits, see [op.CrossEntropyProbs]; Smoothing must be 0
	Sum           bool    // add over the batch instead of averaging

	// Padded lets labels be -1 ([op.Padding]): these positions count for nothing, and the mean of a dataset is that of all others. It takes
	// labels and logits, without Weights.
	Padded bool

	// Weights are of the classes; nil means 1 for each. As in PyTorch the loss of labels is the mean weighted by them, a sum divided
	// by the sum of the samples' weights, and that of one-hot rows is divided by the number of samples. The weighted mean of a batch without
	// weight is 0. data.Dataset.ClassWeights gives weights that balance classes.
	Weights []float64
}

// Target has the shape (batch), or (batch, time), of labels, or the output's shape for one-hot rows.
func (l CrossEntropy) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	if l.OneHot {
		return output, dtype
	}
	return output[:max(1, len(output)-1)].Clone(), tensor.Int
}

// Apply draws the loss.
func (l CrossEntropy) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	switch {
	case l.Padded:
		loss := l.drawPadded(b, output, target, l.Reduction())
		if !l.Sum {
			b.weights = b.Check(op.CountLabels(target, b.Dtype()))
		}
		return loss
	case l.Weights != nil:
		return l.weighted(b, output, target)
	}
	return l.draw(b, output, target, l.Reduction())
}

// ApplyEach draws the losses of the samples.
func (l CrossEntropy) ApplyEach(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	if l.Weights != nil {
		return b.Failf("CrossEntropy: got Weights of classes in a loss with weights of samples, want one of them (multiply the column by the weights)")
	}
	if l.Sum && output.Dims() > 2 {
		return l.sumsOfPositions(b, output, target)
	}
	if l.Padded {
		return l.drawPadded(b, output, target, op.SampleReduction)
	}
	return l.draw(b, output, target, op.SampleReduction)
}

// sumsOfPositions draws the losses of sequences, each the sum over its positions, which are drawn as samples.
func (l CrossEntropy) sumsOfPositions(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	shape := output.Shape()
	classes := shape[len(shape)-1]
	rows := shape.TotalSize() / classes
	output = b.Check(gorgonia.Reshape(output, tensor.Shape{rows, classes}))
	labels := tensor.Shape{rows}
	if l.OneHot {
		labels = output.Shape()
	}
	losses := l.ApplyEach(b, output, b.Check(gorgonia.Reshape(target, labels)))
	losses = b.Check(gorgonia.Reshape(losses, tensor.Shape{shape[0], rows / shape[0]}))
	return b.Check(op.ReduceSum(losses, []int{1}, false))
}

// drawPadded draws the loss of labels some of which are padding.
func (l CrossEntropy) drawPadded(b *Builder, output, target *gorgonia.Node, r op.Reduction) *gorgonia.Node {
	if l.OneHot || l.Probabilities || l.Weights != nil {
		return b.Failf("CrossEntropy.Padded: got OneHot, Probabilities or Weights, want labels and logits alone")
	}
	return b.Check(op.PaddedCrossEntropy(output, target, r, l.Smoothing))
}

func (l CrossEntropy) draw(b *Builder, output, target *gorgonia.Node, r op.Reduction) *gorgonia.Node {
	if !l.Probabilities {
		return b.Check(op.CrossEntropy(output, target, r, l.Smoothing))
	}
	if l.Smoothing != 0 {
		return b.Failf("label smoothing: got Probabilities, want logits (set Probabilities to false)")
	}
	return b.Check(op.CrossEntropyProbs(output, target, r))
}

// Reduction is Mean, or Sum if that is set.
func (l CrossEntropy) Reduction() Reduction { return reduction(l.Sum) }

func (l CrossEntropy) String() string {
	text := "cross-entropy" + describe(l.Probabilities, l.Sum)
	if l.Padded {
		text += ", without padding"
	}
	if l.Weights != nil {
		text += ", classes weighted"
	}
	return text
}

// BCE is the binary cross-entropy -y log p - (1-y) log(1-p) with p = sigmoid(z), averaged over all elements.
type BCE struct {
	Probabilities bool // the model's output are probabilities p, not logits z; see [op.BCE]
	Sum           bool // add over all elements instead of averaging

	// PositiveWeight multiplies the term of y, for classes of which few samples are positive: negatives divided by positives balances
	// them. 0 means 1; it takes logits.
	PositiveWeight float64
}

// Target has the shape of the output.
func (BCE) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}

// Apply draws the loss.
func (l BCE) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return l.draw(b, output, target, l.Reduction())
}

// ApplyEach draws the losses of the samples.
func (l BCE) ApplyEach(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return each(b, l, output, l.draw(b, output, target, op.SampleReduction))
}

func (l BCE) draw(b *Builder, output, target *gorgonia.Node, r op.Reduction) *gorgonia.Node {
	switch {
	case l.PositiveWeight != 0 && l.Probabilities:
		return b.Failf("BCE.PositiveWeight: got Probabilities, want logits (set Probabilities to false)")
	case l.PositiveWeight != 0:
		return b.Check(op.WeightedBCEWithLogits(output, target, l.PositiveWeight, r))
	case l.Probabilities:
		return b.Check(op.BCE(output, target, r))
	}
	return b.Check(op.BCEWithLogits(output, target, r))
}

// Reduction is Mean, or Sum if that is set.
func (l BCE) Reduction() Reduction { return reduction(l.Sum) }

func (l BCE) String() string {
	text := "binary cross-entropy" + describe(l.Probabilities, l.Sum)
	if l.PositiveWeight != 0 {
		text += ", positives weighted"
	}
	return text
}

func reduction(sum bool) Reduction {
	if sum {
		return Sum
	}
	return Mean
}

func describe(probabilities, sum bool) string {
	text := ""
	if probabilities {
		text += " of probabilities"
	}
	if sum {
		text += ", summed"
	}
	return text
}

var (
	_ SampleLoss = CrossEntropy{}
	_ SampleLoss = BCE{}
	_ SampleLoss = MSE{}
	_ SampleLoss = MAE{}
	_ SampleLoss = Huber{}
)
