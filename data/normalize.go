package data

import (
	"math"

	"github.com/pkg/errors"
)

// Moments are a mean and a standard deviation for each feature of a sample, or one of each for all features.
type Moments struct {
	Mean, Std []float64
}

// Moments measures one mean and one standard deviation over all values of X. It is the usual choice for images, whose
// features are pixels of one kind. The variance is the sum of squared deviations divided by the number of values.
func (d *Dataset) Moments() (Moments, error) {
	if err := d.validateMeasured(); err != nil {
		return Moments{}, err
	}
	return d.measure(1), nil
}

// FeatureMoments measures a mean and a standard deviation for each feature. It is the usual choice for tables, whose
// columns have units of their own.
func (d *Dataset) FeatureMoments() (Moments, error) {
	if err := d.validateMeasured(); err != nil {
		return Moments{}, err
	}
	return d.measure(d.width()), nil
}

// Normalize maps each x in X to (x - mean) / std, in place; every dataset that shares X's memory changes with it. Other columns
// stay as they are.
// A feature that never varies has std 0 and is shifted only.
func (d *Dataset) Normalize(m Moments) error {
	if err := d.validateMeasured(); err != nil {
		return err
	}
	if err := m.validate(d.width()); err != nil {
		return err
	}
	if v, ok := d.X.Data().([]float32); ok {
		normalize(v, m)
		return nil
	}
	normalize(d.X.Data().([]float64), m)
	return nil
}

// validateMeasured checks that there is an X to measure.
func (d *Dataset) validateMeasured() error {
	if err := d.validateLayout(); err != nil {
		return err
	}
	if d.X == nil {
		return errors.New("data: X is nil, so that there is nothing to measure or normalize")
	}
	return nil
}

// width is the number of features of a sample.
func (d *Dataset) width() int {
	return d.X.Shape().TotalSize() / d.Len()
}

func (d *Dataset) measure(groups int) Moments {
	if v, ok := d.X.Data().([]float32); ok {
		return measure(v, groups)
	}
	return measure(d.X.Data().([]float64), groups)
}

// measure finds the moments of values i, i+groups, i+2*groups... for each i. It updates mean and squared deviation value by
// value (Welford 1962), which loses no digits where the mean is large, and gives exactly 0 for a constant.
func measure[T float32 | float64](values []T, groups int) Moments {
	m := Moments{Mean: make([]float64, groups), Std: make([]float64, groups)}
	for i, v := range values {
		g, n := i%groups, float64(i/groups+1)
		x := float64(v)
		delta := x - m.Mean[g]
		m.Mean[g] += delta / n
		m.Std[g] += delta * (x - m.Mean[g])
	}
	n := float64(len(values) / groups)
	for g := range m.Std {
		m.Std[g] = math.Sqrt(m.Std[g] / n)
	}
	return m
}

func (m Moments) validate(width int) error {
	if len(m.Mean) != len(m.Std) || (len(m.Mean) != 1 && len(m.Mean) != width) {
		return errors.Errorf("data: moments: got %d means and %d standard deviations, want 1 of each, or %d, one for each feature",
			len(m.Mean), len(m.Std), width)
	}
	for i, mean := range m.Mean {
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return errors.Errorf("data: mean %d: got %v, want a finite number", i, mean)
		}
		if std := m.Std[i]; !(std >= 0) || math.IsInf(std, 0) {
			return errors.Errorf("data: standard deviation %d: got %v, want a finite number of at least 0", i, std)
		}
	}
	return nil
}

func normalize[T float32 | float64](values []T, m Moments) {
	for i, v := range values {
		g := i % len(m.Mean)
		x := float64(v) - m.Mean[g]
		if m.Std[g] > 0 {
			x /= m.Std[g]
		}
		values[i] = T(x)
	}
}
