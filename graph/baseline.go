package graph

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
)

// A Baseliner is a [Loss] whose baseline is known: the loss of the best output that is the same for all samples. A network that
// has learnt anything about its inputs is below it.
type Baseliner interface {
	Loss
	// Baseline is the loss of that output over a batch of so many samples, with targets of the given moments.
	Baseline(m TargetMoments, batch int) float64
}

var (
	_ Baseliner = CrossEntropy{}
	_ Baseliner = BCE{}
	_ Baseliner = MSE{}
)

// TargetMoments are sums over the targets of any number of batches. Its zero value is of none, see [NewTargetMoments].
type TargetMoments struct {
	Samples int       // or positions of sequences, each of which has a label
	Sum     []float64 // by output; of class labels the number of samples in each class
	Squares []float64 // sum of squares, by output; nil for class labels

	Kept      []float64 // targets of evenly spaced samples, row by row; nil if KeptEvery is 0
	KeptEvery int       // distance of these samples
}

// Add takes in the targets of a batch, for an output of the given shape.
func (m *TargetMoments) Add(output tensor.Shape, target *tensor.Dense) {
	rows, units := target.Shape()[0], output.TotalSize()/output[0]
	if target.Dtype() == tensor.Int {
		rows, units = 0, output[len(output)-1]
		for _, class := range target.Ints() {
			if class != op.Padding {
				rows++
			}
		}
	}
	if m.KeptEvery > 0 {
		m.keep(target, m.Samples, units)
	}
	m.Samples += rows
	if m.Sum == nil {
		m.Sum = make([]float64, units)
	}
	switch target.Dtype() {
	case tensor.Int:
		for _, class := range target.Ints() {
			if 0 <= class && class < units {
				m.Sum[class]++
			}
		}
	case tensor.Float32:
		addMoments(m, target.Float32s(), units)
	case tensor.Float64:
		addMoments(m, target.Float64s(), units)
	}
}

func addMoments[T kernel.Float](m *TargetMoments, x []T, units int) {
	if m.Squares == nil {
		m.Squares = make([]float64, units)
	}
	for ; len(x) >= units; x = x[units:] {
		for i, v := range x[:units] {
			m.Sum[i] += float64(v)
			m.Squares[i] += float64(v) * float64(v)
		}
	}
}

// mean is the mean target of an output.
func (m TargetMoments) mean(unit int) float64 { return m.Sum[unit] / float64(m.Samples) }

// Baseline is the entropy of the mean target: -sum_k p_k log p_k for classes of frequency p_k, after smoothing and weighting.
func (l CrossEntropy) Baseline(m TargetMoments, batch int) float64 {
	loss, classes := 0.0, float64(len(m.Sum))
	total, samples := 0.0, 0.0 // sums of weighted frequencies, and of the weights of the samples
	for k := range m.Sum {
		w := l.weight(k)
		q := w * ((1-l.Smoothing)*m.mean(k) + l.Smoothing/classes)
		loss -= xlogx(q)
		total, samples = total+q, samples+w*m.mean(k)
	}
	loss += xlogx(total) // the best output is q divided by its sum
	if l.Weights != nil && !l.OneHot && !l.Sum {
		loss /= samples
	}
	return reduced(l, loss, batch)
}

// Baseline is the mean over the outputs of -p log p - (1-p) log(1-p), with p the mean target; with a PositiveWeight the first term has
// it, and p becomes the best output.
func (l BCE) Baseline(m TargetMoments, batch int) float64 {
	loss := 0.0
	for j := range m.Sum {
		positive, negative := orDefault(l.PositiveWeight, 1)*m.mean(j), 1-m.mean(j)
		loss += xlogx(positive+negative) - xlogx(positive) - xlogx(negative)
	}
	return reducedElements(l, loss, len(m.Sum), batch)
}

// Baseline is the variance of the targets, the mean over the outputs.
func (l MSE) Baseline(m TargetMoments, batch int) float64 {
	loss := 0.0
	for j := range m.Sum {
		mean := m.mean(j)
		loss += math.Max(0, m.Squares[j]/float64(m.Samples)-mean*mean)
	}
	return reducedElements(l, loss, len(m.Sum), batch)
}

// reduced turns the loss of one sample into the loss of a batch.
func reduced(l Loss, perSample float64, batch int) float64 {
	if l.Reduction() == Sum {
		return perSample * float64(batch)
	}
	return perSample
}

// reducedElements turns the sum over the outputs of one sample into the loss of a batch, of a loss that averages over elements.
func reducedElements(l Loss, sum float64, outputs, batch int) float64 {
	if l.Reduction() == Sum {
		return sum * float64(batch)
	}
	return sum / float64(outputs)
}

// xlogx is x log x, and its limit 0 at 0.
func xlogx(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return x * math.Log(x)
}
