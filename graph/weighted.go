package graph

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A SampleLoss is a [Loss] that can also draw the loss of each sample.
type SampleLoss interface {
	Loss
	// ApplyEach draws the losses of the samples, of shape (batch): the mean over the elements of a sample, if it has several, or their
	// sum if the loss sums.
	ApplyEach(b *Builder, output, target *gorgonia.Node) *gorgonia.Node
}

// WeightedBy makes a loss in which each sample counts by its weight, a number of at least 0 in an input of shape (batch), such as a
// column of the dataset. The mean of a batch is Σ w·l / Σ w, as PyTorch's users write it, and the mean of a dataset is that over
// all its samples. A loss that sums gives Σ w·l. The mean of a batch whose weights are all 0 is 0, and so are its gradients.
func WeightedBy(column string, loss SampleLoss) Loss {
	if loss == nil {
		return nil // which whoever takes losses refuses
	}
	w := weightedLoss{loss, column}
	if c, ok := loss.(Classifier); ok {
		return weightedClassifier{w, c}
	}
	return w
}

type weightedLoss struct {
	SampleLoss
	column string
}

// A weightedClassifier counts each sample that is classified right as one, whatever its weight.
type weightedClassifier struct {
	weightedLoss
	classifier Classifier
}

// Correct counts the samples that are classified right as the loss does, each once, whatever its weight.
func (w weightedClassifier) Correct(output, target *tensor.Dense) float64 {
	return w.classifier.Correct(output, target)
}

// Unlabelled counts the samples without a label as the loss does; 0 if the loss does not count them.
func (w weightedClassifier) Unlabelled(target *tensor.Dense) int {
	if c, ok := w.classifier.(LabelCounter); ok {
		return c.Unlabelled(target)
	}
	return 0
}

// Apply draws the loss.
func (w weightedLoss) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	losses := w.ApplyEach(b, output, target)
	weights := b.Input(w.column)
	if weights.Dims() != 1 || weights.Dtype() != b.Dtype() {
		return b.Failf("weights %q: got shape %v of %v, want (%d) of %v, a number for each sample",
			w.column, weights.Shape(), weights.Dtype(), output.Shape()[0], b.Dtype())
	}
	if w.Reduction() == Mean {
		weights = b.shares(weights)
	}
	return b.Check(op.ReduceSum(b.Check(op.Mul(losses, weights)), []int{0}, false))
}

// CheckTarget lets the loss check targets, if it can.
func (w weightedLoss) CheckTarget(output tensor.Shape, target *tensor.Dense) error {
	if c, ok := w.SampleLoss.(TargetChecker); ok {
		return c.CheckTarget(output, target)
	}
	return nil
}

// A WeightChecker is a [Loss] that can check the weights of samples before training.
type WeightChecker interface {
	Loss
	// WeightColumn is the input that holds the weights.
	WeightColumn() string
	// CheckWeights returns an error for a weight that no sample can have.
	CheckWeights(weights *tensor.Dense) error
}

// WeightColumn is the input that holds the weights.
func (w weightedLoss) WeightColumn() string { return w.column }

// CheckWeights returns an error unless each weight is a finite number of at least 0.
func (w weightedLoss) CheckWeights(weights *tensor.Dense) error {
	switch list := weights.Data().(type) {
	case []float32:
		return checkWeights(list)
	case []float64:
		return checkWeights(list)
	}
	return nil // a type that Apply refuses
}

func checkWeights[T float32 | float64](list []T) error {
	for i, w := range list {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return errors.Errorf("the weight of sample %d: got %v, want a finite number of at least 0", i, w)
		}
	}
	return nil
}

func (w weightedLoss) String() string {
	return fmt.Sprintf("%v, weighted by %q", w.SampleLoss, w.column)
}

// shares divides the weights of samples by their sum.
func (b *Builder) shares(weights *gorgonia.Node) *gorgonia.Node {
	return b.perWeight(weights, weights)
}

// perWeight divides rows by the sum of the weights of the samples, (batch) or (batch, 1), which becomes the number of samples of the loss.
// Without weight they are divided by 1: products with the weights stay 0.
func (b *Builder) perWeight(rows, weights *gorgonia.Node) *gorgonia.Node {
	b.weights = b.Check(op.ReduceSum(weights, nil, false))
	sum := b.Check(op.ReduceSum(weights, nil, true))
	zero := b.ConstantOf([]float64{0}, sum.Shape()...)
	none := b.Check(op.MapPair(op.Equal, sum, zero)) // 1 if there is no weight
	return b.Check(op.BroadcastDiv(rows, b.Check(op.Add(sum, none))))
}

// each is the loss of each sample, from the mean over its elements: their sum, if the loss sums.
func each(b *Builder, l Loss, output, means *gorgonia.Node) *gorgonia.Node {
	if l.Reduction() == Mean {
		return means
	}
	return b.Check(op.Scale(means, float64(output.Shape().TotalSize()/output.Shape()[0])))
}

// weight is the weight of a class.
func (l CrossEntropy) weight(class int) float64 {
	if l.Weights == nil {
		return 1
	}
	return l.Weights[class]
}

// weighted draws the loss with weights of classes. The weights, and the division, go into the target distribution.
func (l CrossEntropy) weighted(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	classes := output.Shape()[output.Dims()-1]
	if len(l.Weights) != classes {
		return b.Failf("CrossEntropy.Weights: got %d weights, want %d, one for each output of %v", len(l.Weights), classes, output.Shape())
	}
	for k, w := range l.Weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return b.Failf("CrossEntropy.Weights: got %v for class %d, want a finite number of at least 0", w, k)
		}
	}
	if slices.Max(l.Weights) == 0 {
		return b.Failf("CrossEntropy.Weights: got 0 for each class, want a weight above 0 for some")
	}
	if l.Probabilities && l.Smoothing != 0 {
		return l.draw(b, output, target, Sum) // which says what is wrong
	}
	rows := l.weightedRows
	if !l.OneHot {
		rows = l.weightedLabels
	}
	return CrossEntropy{Probabilities: l.Probabilities}.draw(b, output, rows(b, target, classes), Sum)
}

// weightedLabels is the distribution of each label, times the weights, divided by the sum of the labels' weights for a mean.
func (l CrossEntropy) weightedLabels(b *Builder, labels *gorgonia.Node, classes int) *gorgonia.Node {
	table := make([]float64, classes*classes)
	for i := range classes {
		for k, w := range l.Weights {
			table[i*classes+k] = w * l.Smoothing / float64(classes)
		}
		table[i*classes+i] += (1 - l.Smoothing) * l.Weights[i]
	}
	rows := b.Check(op.Embedding(b.ConstantOf(table, classes, classes), labels))
	if l.Sum {
		return rows
	}
	weights := b.Check(op.Embedding(b.ConstantOf(l.Weights, classes, 1), labels))
	return b.perWeight(rows, weights)
}

// weightedRows is the distributions y, smoothed, times the weights, divided by the number of samples for a mean.
func (l CrossEntropy) weightedRows(b *Builder, y *gorgonia.Node, classes int) *gorgonia.Node {
	factor := 1.0
	if !l.Sum {
		factor = float64(classes) / float64(y.Shape().TotalSize())
	}
	slope, offset := make([]float64, classes), make([]float64, classes)
	for k, w := range l.Weights {
		slope[k], offset[k] = factor*(1-l.Smoothing)*w, factor*l.Smoothing/float64(classes)*w
	}
	y = b.Check(op.BroadcastMul(y, b.ConstantOf(slope, classes)))
	return b.Check(op.BroadcastAdd(y, b.ConstantOf(offset, classes)))
}

var (
	_ TargetChecker = weightedLoss{}
	_ WeightChecker = weightedLoss{}
	_ Classifier    = weightedClassifier{}
)
