package metric

import (
	"cmp"
	"fmt"
	"math"
)

// Accuracy is the share of samples whose class is the predicted one.
type Accuracy struct {
	Probabilities bool // the output is a probability; matters for one output only
}

// Name implements Metric.
func (Accuracy) Name() string { return "accuracy" }

// New implements Metric.
func (a Accuracy) New() Accumulator {
	return &mean{probabilities: a.Probabilities, of: func(s *samples, i int) float64 {
		return indicator(s.predicted(i) == s.labels[i])
	}}
}

// TopK is the share of samples whose class is among the K with the largest outputs.
type TopK struct {
	K int // 0 means 5
}

// Name implements Metric.
func (t TopK) Name() string { return fmt.Sprintf("top-%d accuracy", cmp.Or(t.K, 5)) }

// New implements Metric.
func (t TopK) New() Accumulator {
	k := cmp.Or(t.K, 5)
	return &mean{of: func(s *samples, i int) float64 {
		if s.width == 1 {
			return indicator(k > 1 || s.predicted(i) == s.labels[i])
		}
		return indicator(rank(s.row(i), s.labels[i]) < k)
	}}
}

// rank is the number of outputs before that of a class: larger ones, and equal ones of lower classes. With a NaN all are before it.
func rank(row []float64, class int) int {
	before := 0
	for i, v := range row {
		if v != v {
			return len(row)
		}
		if v > row[class] || v == row[class] && i < class {
			before++
		}
	}
	return before
}

// Perplexity is the exponential of the mean cross-entropy: exp(-mean log p(class)).
type Perplexity struct {
	Probabilities bool // the outputs are probabilities instead of logits
}

// Name implements Metric.
func (Perplexity) Name() string { return "perplexity" }

// New implements Metric.
func (p Perplexity) New() Accumulator {
	return &mean{probabilities: p.Probabilities, finish: math.Exp, of: func(s *samples, i int) float64 {
		return -s.logProbability(i, s.labels[i])
	}}
}
