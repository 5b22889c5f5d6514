package metric

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// MSE is the mean of the squared errors over all elements.
type MSE struct{}

// Name implements Metric.
func (MSE) Name() string { return "MSE" }

// New implements Metric.
func (MSE) New() Accumulator { return &errorMean{of: func(e float64) float64 { return e * e }} }

// MAE is the mean of the absolute errors over all elements.
type MAE struct{}

// Name implements Metric.
func (MAE) Name() string { return "MAE" }

// New implements Metric.
func (MAE) New() Accumulator { return &errorMean{of: math.Abs} }

// errorMean is the mean of a function of the errors.
type errorMean struct {
	of  func(e float64) float64
	sum float64
	n   int
}

// Add implements Accumulator.
func (m *errorMean) Add(output, target *tensor.Dense) error {
	y, want, err := pair(output, target)
	if err != nil {
		return err
	}
	for i, v := range y {
		m.sum += m.of(v - want[i])
	}
	m.n += len(y)
	return nil
}

// Value implements Accumulator.
func (m *errorMean) Value() float64 { return m.sum / float64(m.n) }

// R2 is the coefficient of determination: 1 - Σ(y - target)²/Σ(target - mean)², for each output on its own and then the mean over the
// outputs. It is 0 for a model that always gives the mean, and NaN if an output's targets are all equal.
type R2 struct{}

// Name implements Metric.
func (R2) Name() string { return "R2" }

// New implements Metric.
func (R2) New() Accumulator { return &r2{} }

type r2 struct{ columns []spread }

// A spread sums up one output: its squared errors, and the mean and the squared deviations of its targets.
type spread struct{ errors, n, mean, deviations float64 }

// add adds a sample, by Welford's method.
func (s *spread) add(y, target float64) {
	s.errors += (y - target) * (y - target)
	s.n++
	d := target - s.mean
	s.mean += d / s.n
	s.deviations += d * (target - s.mean)
}

// Add implements Accumulator.
func (r *r2) Add(output, target *tensor.Dense) error {
	y, want, err := pair(output, target)
	if err != nil {
		return err
	}
	width := 1
	if shape := output.Shape(); len(shape) > 1 {
		width = shape[len(shape)-1]
	}
	if r.columns == nil {
		r.columns = make([]spread, width)
	}
	if len(r.columns) != width {
		return errors.Errorf("metric: R2: got %d outputs after batches of %d, want the same in all", width, len(r.columns))
	}
	for i, v := range y {
		r.columns[i%width].add(v, want[i])
	}
	return nil
}

// Value implements Accumulator.
func (r *r2) Value() float64 {
	sum := 0.0
	for _, c := range r.columns {
		if c.deviations == 0 {
			return math.NaN()
		}
		sum += 1 - c.errors/c.deviations
	}
	return sum / float64(len(r.columns))
}

// pair reads outputs and targets of the same shape, but for axes of one element.
func pair(output, target *tensor.Dense) (y, want []float64, err error) {
	if y, err = floats(output, "output"); err != nil {
		return nil, nil, err
	}
	if want, err = floats(target, "target"); err != nil {
		return nil, nil, err
	}
	if len(y) != len(want) {
		return nil, nil, errors.Errorf("metric: got outputs of shape %v and targets of shape %v, want the same shape", output.Shape(), target.Shape())
	}
	return y, want, nil
}
