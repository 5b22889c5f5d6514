package train

import (
	"math"
	"reflect"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A tally adds up the scores of batches, weighted by their samples, in float64.
type tally struct {
	summed  bool                                       // the loss of a batch is a sum over its samples
	right   func(output, target *tensor.Dense) float64 // samples classified right; nil if the loss does not classify
	loss    float64
	hits    float64
	samples float64
}

func newTally(loss graph.Loss) *tally {
	loss = byValue(loss)
	return &tally{summed: sums(loss), right: classifier(loss)}
}

// add counts the batch that a program has just run.
func (t *tally) add(p *graph.Program, target *tensor.Dense) {
	n := float64(target.Shape()[0])
	t.samples += n
	if t.summed {
		t.loss += p.LossValue()
	} else {
		t.loss += n * p.LossValue()
	}
	if t.right != nil {
		t.hits += t.right(p.OutputValue(), target)
	}
}

// scores are the means so far.
func (t *tally) scores() Scores {
	s := Scores{Loss: t.loss / t.samples, Accuracy: math.NaN()}
	if t.right != nil {
		s.Accuracy = t.hits / t.samples
	}
	return s
}

// byValue is the loss itself where a pointer to it was given.
func byValue(loss graph.Loss) graph.Loss {
	v := reflect.ValueOf(loss)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return loss
	}
	if l, ok := v.Elem().Interface().(graph.Loss); ok {
		return l
	}
	return loss
}

// sums tells whether a loss adds over the batch instead of averaging.
func sums(loss graph.Loss) bool {
	switch l := loss.(type) {
	case graph.CrossEntropy:
		return l.Sum
	case graph.BCE:
		return l.Sum
	case graph.MSE:
		return l.Sum
	case graph.MAE:
		return l.Sum
	case graph.Huber:
		return l.Sum
	}
	return false
}

// classifier counts the samples whose class an output finds, if the loss is one of classification.
func classifier(loss graph.Loss) func(output, target *tensor.Dense) float64 {
	switch l := loss.(type) {
	case graph.CrossEntropy:
		return sameClass
	case graph.BCE:
		threshold := 0.0 // of the logit, where the probability is 1/2
		if l.Probabilities {
			threshold = 0.5
		}
		return func(output, target *tensor.Dense) float64 { return sameSide(output, target, threshold) }
	}
	return nil
}

// sameClass counts the rows whose largest output is that of their class.
func sameClass(output, target *tensor.Dense) float64 {
	rows := output.Shape()[0]
	hits := 0
	for i := range rows {
		class := 0
		if target.Dtype() == tensor.Int {
			class = target.Ints()[i]
		} else {
			class = largest(target, i, rows)
		}
		if largest(output, i, rows) == class {
			hits++
		}
	}
	return float64(hits)
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

// sameSide counts the outputs on their target's side of the threshold, as a share of each sample's outputs.
func sameSide(output, target *tensor.Dense, threshold float64) float64 {
	hits, size := 0, output.Shape().TotalSize()
	if output.Dtype() == tensor.Float32 {
		hits = agree(output.Float32s(), target.Float32s(), float32(threshold))
	} else {
		hits = agree(output.Float64s(), target.Float64s(), threshold)
	}
	return float64(hits) * float64(output.Shape()[0]) / float64(size)
}

// agree counts the outputs above the threshold where the target is above one half, and not above where it is not. A NaN
// agrees with nothing.
func agree[T float32 | float64](output, target []T, threshold T) int {
	hits := 0
	for i, v := range output {
		if v == v && (v > threshold) == (target[i] > 0.5) {
			hits++
		}
	}
	return hits
}
