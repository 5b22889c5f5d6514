package metric

import (
	"cmp"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// CalibrationError is the expected calibration error (Guo et al. 2017, eq. 3): the samples are sorted into bins by the probability of their
// predicted class, and it is the mean over the samples of their bin's |accuracy - mean probability|.
type CalibrationError struct {
	Bins          int  // of equal width, each without its lower end; 0 means 15
	Probabilities bool // the outputs are probabilities instead of logits
}

// Name implements Metric.
func (CalibrationError) Name() string { return "calibration error" }

// New implements Metric.
func (c CalibrationError) New() Accumulator {
	return &calibration{probabilities: c.Probabilities, bins: make([]bin, max(1, cmp.Or(c.Bins, 15)))}
}

type calibration struct {
	probabilities bool
	bins          []bin
	n             int
}

// A bin sums up samples of about the same probability.
type bin struct{ right, probability float64 }

// Add implements Accumulator.
func (c *calibration) Add(output, target *tensor.Dense) error {
	s, err := read(output, target, c.probabilities)
	if err != nil {
		return err
	}
	for i := range s.n {
		predicted := s.predicted(i)
		if predicted < 0 {
			return errors.Errorf("metric: calibration error: output %d of the batch holds a NaN, want probabilities", i)
		}
		p := math.Exp(s.logProbability(i, predicted))
		at := int(math.Ceil(p*float64(len(c.bins)))) - 1
		b := &c.bins[min(max(at, 0), len(c.bins)-1)]
		b.right += indicator(predicted == s.labels[i])
		b.probability += p
	}
	c.n += s.n
	return nil
}

// Value implements Accumulator.
func (c *calibration) Value() float64 {
	sum := 0.0
	for _, b := range c.bins {
		sum += math.Abs(b.right - b.probability)
	}
	return sum / float64(c.n)
}
