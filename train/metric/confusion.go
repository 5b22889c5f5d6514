package metric

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Confusion counts the samples by class and predicted class. Its zero value is ready to use.
type Confusion struct {
	Probabilities bool     // the output is a probability; matters for one output only
	Names         []string // of the classes, for String; nil means their numbers

	// Counts[i][j] is the number of samples of class i that were predicted to be of class j.
	Counts [][]int
	// Unknown[i] is the number of samples of class i without a predicted class, because an output is NaN.
	Unknown []int
}

// Add implements Accumulator.
func (c *Confusion) Add(output, target *tensor.Dense) error {
	s, err := read(output, target, c.Probabilities)
	if err != nil {
		return err
	}
	if c.Counts == nil {
		c.Counts, c.Unknown = make([][]int, s.classes), make([]int, s.classes)
		for i := range c.Counts {
			c.Counts[i] = make([]int, s.classes)
		}
	}
	if len(c.Counts) != s.classes {
		return errors.Errorf("metric: got %d classes after a batch of %d, want the same in all", s.classes, len(c.Counts))
	}
	for i, class := range s.labels {
		if predicted := s.predicted(i); predicted < 0 {
			c.Unknown[class]++
		} else {
			c.Counts[class][predicted]++
		}
	}
	return nil
}

// Value implements Accumulator: it is the accuracy.
func (c *Confusion) Value() float64 { return c.Accuracy() }

// Accuracy is the share of samples on the diagonal.
func (c *Confusion) Accuracy() float64 {
	right, all := 0, 0
	for i := range c.Counts {
		right += c.Counts[i][i]
		all += c.support(i)
	}
	return float64(right) / float64(all)
}

// Balanced is the mean recall of the classes that occur.
func (c *Confusion) Balanced() float64 {
	sum, n := 0.0, 0
	for i := range c.Counts {
		if c.support(i) > 0 {
			sum += c.Recall(i)
			n++
		}
	}
	return sum / float64(n)
}

// Precision is the share of the samples predicted to be of a class that are of it; 0 if there are none.
func (c *Confusion) Precision(class int) float64 {
	return ratio(c.Counts[class][class], c.claimed(class))
}

// Recall is the share of the samples of a class that were predicted to be of it; 0 if there are none.
func (c *Confusion) Recall(class int) float64 {
	return ratio(c.Counts[class][class], c.support(class))
}

// F1 is the harmonic mean of precision and recall of a class; 0 if both are.
func (c *Confusion) F1(class int) float64 {
	return ratio(2*c.Counts[class][class], c.claimed(class)+c.support(class))
}

// support is the number of samples of a class.
func (c *Confusion) support(class int) int {
	n := c.Unknown[class]
	for _, count := range c.Counts[class] {
		n += count
	}
	return n
}

// claimed is the number of samples predicted to be of a class.
func (c *Confusion) claimed(class int) int {
	n := 0
	for i := range c.Counts {
		n += c.Counts[i][class]
	}
	return n
}

// ratio is a/b, or 0 if both are.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// average takes a mean of the scores of the classes that occur among the targets or the predictions.
func (c *Confusion) average(of func(class int) float64, how Average, class int) float64 {
	if how == OneClass {
		if class < 0 || class >= len(c.Counts) {
			return math.NaN()
		}
		return of(class)
	}
	sum, weights := 0.0, 0.0
	for i := range c.Counts {
		weight := indicator(c.support(i)+c.claimed(i) > 0)
		if how == Weighted {
			weight = float64(c.support(i))
		}
		sum += weight * of(i)
		weights += weight
	}
	return sum / weights
}
