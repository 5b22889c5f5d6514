package graph

import (
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A Classifier is a [Loss] that counts the samples that are classified right, from which a trainer computes the accuracy.
type Classifier interface {
	Loss
	// Correct is the number of samples of a batch that are classified right. It must not keep or change its arguments.
	Correct(output, target *tensor.Dense) float64
}

// A LabelCounter is a [Classifier] whose targets may have samples without a label. The accuracy is the share of all others.
type LabelCounter interface {
	Classifier
	// Unlabelled is the number of samples of a batch without a label, which Correct does not count. It must not keep or change its argument.
	Unlabelled(target *tensor.Dense) int
}

var (
	_ LabelCounter = CrossEntropy{}
	_ Classifier   = BCE{}
)

// Correct counts the samples whose largest output is the output of their class. The positions of a sequence each count as a
// fraction of a sample, and padding does not count, nor does a sample that is all padding: see Unlabelled.
func (CrossEntropy) Correct(output, target *tensor.Dense) float64 {
	shape := output.Shape()
	samples, rows := shape[0], shape.TotalSize()/shape[len(shape)-1]
	positions, correct := rows/samples, 0.0
	for i := range samples {
		hits, counted := 0, 0
		for row := i * positions; row < (i+1)*positions; row++ {
			class := 0
			if target.Dtype() == tensor.Int {
				class = target.Ints()[row]
			} else {
				class = largest(target, row, rows)
			}
			if target.Dtype() == tensor.Int && class == op.Padding {
				continue
			}
			if counted++; largest(output, row, rows) == class {
				hits++
			}
		}
		if counted > 0 {
			correct += float64(hits) / float64(counted)
		}
	}
	return correct
}

// Unlabelled counts the samples that are all padding.
func (CrossEntropy) Unlabelled(target *tensor.Dense) int {
	if target.Dtype() != tensor.Int {
		return 0
	}
	labels, samples := target.Ints(), target.Shape()[0]
	positions, unlabelled := len(labels)/samples, 0
	for i := range samples {
		if !slices.ContainsFunc(labels[i*positions:(i+1)*positions], func(label int) bool { return label != op.Padding }) {
			unlabelled++
		}
	}
	return unlabelled
}

// Correct counts the outputs on their target's side of probability 1/2. With several outputs a sample, each counts as a fraction
// of a sample.
func (l BCE) Correct(output, target *tensor.Dense) float64 {
	threshold := 0.0 // of the logit, where the probability is 1/2
	if l.Probabilities {
		threshold = 0.5
	}
	hits, size := 0, output.Shape().TotalSize()
	if output.Dtype() == tensor.Float32 {
		hits = agree(output.Float32s(), target.Float32s(), float32(threshold))
	} else {
		hits = agree(output.Float64s(), target.Float64s(), threshold)
	}
	return float64(hits) * float64(output.Shape()[0]) / float64(size)
}

// largest is the position of the largest element of a row, the first of equals, or -1 if there is a NaN.
func largest(t *tensor.Dense, row, rows int) int {
	if t.Dtype() == tensor.Float32 {
		return argmax(rowOf(t.Float32s(), row, rows))
	}
	return argmax(rowOf(t.Float64s(), row, rows))
}

func rowOf[T any](values []T, row, rows int) []T {
	width := len(values) / rows
	return values[row*width : (row+1)*width]
}

func argmax[T float32 | float64](row []T) int {
	best := 0
	for i, v := range row {
		if v != v {
			return -1
		}
		if v > row[best] {
			best = i
		}
	}
	return best
}

// agree counts the outputs that are above the threshold if and only if their target is above one half. A NaN never counts.
func agree[T float32 | float64](output, target []T, threshold T) int {
	hits := 0
	for i, v := range output {
		if v == v && (v > threshold) == (target[i] > 0.5) {
			hits++
		}
	}
	return hits
}
