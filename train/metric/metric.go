package metric

import (
	"math"

	"gorgonia.org/tensor"
)

// A Metric says what to compute. It holds no state, so that several goroutines can use it.
type Metric interface {
	// Name is the key of the score, as "macro F1".
	Name() string
	// New makes an accumulator that has seen nothing.
	New() Accumulator
}

// An Accumulator computes a score over batches.
type Accumulator interface {
	// Add adds a batch. It neither keeps nor changes its arguments. After an error the accumulator must not be used any more.
	Add(output, target *tensor.Dense) error
	// Value is the score of all samples so far, NaN if there are none.
	Value() float64
}

// A mean is the mean of a number for each sample.
type mean struct {
	of     func(s *samples, i int) float64
	finish func(mean float64) float64 // nil leaves it as it is

	probabilities bool
	sum           float64
	n             int
}

// Add implements Accumulator.
func (m *mean) Add(output, target *tensor.Dense) error {
	s, err := read(output, target, m.probabilities)
	if err != nil {
		return err
	}
	for i := range s.n {
		m.sum += m.of(s, i)
	}
	m.n += s.n
	return nil
}

// Value implements Accumulator.
func (m *mean) Value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	v := m.sum / float64(m.n)
	if m.finish != nil {
		return m.finish(v)
	}
	return v
}

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
