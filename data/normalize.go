package data

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Moments are a mean and a standard deviation for each feature of a sample, for each channel of images, or one of each for all
// features.
type Moments struct {
	Mean, Std []float64
	// Last says that they belong to the last axis of X, the features of sequences (N, time, features), and not to its first one after N.
	Last bool
}

// Moments measures one mean and one standard deviation over all values of X. It is the usual choice for images, whose
// features are pixels of one kind. The variance is the sum of squared deviations divided by the number of values.
func (d *Dataset) Moments() (Moments, error) {
	if err := d.validateMeasured(); err != nil {
		return Moments{}, err
	}
	return d.measure(1, false), nil
}

// FeatureMoments measures a mean and a standard deviation for each feature. It is the usual choice for tables, whose
// columns have units of their own.
func (d *Dataset) FeatureMoments() (Moments, error) {
	if err := d.validateMeasured(); err != nil {
		return Moments{}, err
	}
	return d.measure(d.width(), false), nil
}

// ChannelMoments measures a mean and a standard deviation for each channel of images, X of shape (N, channels, height, width). It
// is the usual choice for colour images.
func (d *Dataset) ChannelMoments() (Moments, error) {
	if err := d.validateMeasured(); err != nil {
		return Moments{}, err
	}
	if d.X.Dims() < 3 {
		return Moments{}, errors.Errorf("data: moments of channels: got X of shape %v, want (N, channels, height, width) (use Reshape)",
			d.X.Shape())
	}
	return d.measure(d.X.Shape()[1], false), nil
}

// SequenceMoments measures a mean and a standard deviation for each feature of sequences, X of shape (N, time, features), over all
// samples and steps.
func (d *Dataset) SequenceMoments() (Moments, error) {
	if err := d.validateMeasured(); err != nil {
		return Moments{}, err
	}
	if d.X.Dims() < 3 {
		return Moments{}, errors.Errorf("data: moments of sequences: got X of shape %v, want (N, time, features) (use Reshape)", d.X.Shape())
	}
	return d.measure(lastOf(d.X.Shape()), true), nil
}

func lastOf(s tensor.Shape) int { return s[len(s)-1] }

// Normalize maps each x in X to (x - mean) / std, in place; every dataset that shares X's memory changes with it. Other columns
// stay as they are.
// A feature that never varies has std 0 and is shifted only.
func (d *Dataset) Normalize(m Moments) error {
	if err := m.Validate(d); err != nil {
		return err
	}
	if v, ok := d.X.Data().([]float32); ok {
		normalize(v, d.width(), m)
		return nil
	}
	normalize(d.X.Data().([]float64), d.width(), m)
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

// measure finds the moments of groups: a sample is width values, of which the first width/groups are of group 0, as many of
// group 1, and so on; with last each value is of the next group, and after the last one group 0 follows.
func (d *Dataset) measure(groups int, last bool) Moments {
	m := newMeter(groups, last)
	m.addTensor(d.X)
	return m.moments()
}

// A meter measures moments of groups of values. It updates mean and squared deviation value by value (Welford 1962), which loses no
// digits where the mean is large, and gives exactly 0 for a constant.
type meter struct {
	mean, squares []float64 // by group
	counts        []float64
	last          bool
}

func newMeter(groups int, last bool) *meter {
	return &meter{mean: make([]float64, groups), squares: make([]float64, groups), counts: make([]float64, groups), last: last}
}

// addTensor adds rows of floats.
func (m *meter) addTensor(t *tensor.Dense) {
	width := t.Shape().TotalSize() / t.Shape()[0]
	if t.Dtype() == tensor.Float32 {
		addValues(m, t.Float32s(), width)
	} else {
		addValues(m, t.Float64s(), width)
	}
}

// addValues adds samples of width values.
func addValues[T float32 | float64](m *meter, values []T, width int) {
	size := neighbours(width, len(m.mean), m.last)
	for i := 0; i < len(values); i += size {
		g := i / size % len(m.mean)
		mean, squares, n := m.mean[g], m.squares[g], m.counts[g]
		for _, v := range values[i : i+size] {
			n++
			x := float64(v)
			delta := x - mean
			mean += delta / n
			squares += delta * (x - mean)
		}
		m.mean[g], m.squares[g], m.counts[g] = mean, squares, n
	}
}

// neighbours is the number of values of one group that follow one another, in samples of width values.
func neighbours(width, groups int, last bool) int {
	if last {
		return 1
	}
	return width / groups
}

// moments are those of the values so far.
func (m *meter) moments() Moments {
	std := make([]float64, len(m.squares))
	for g, squares := range m.squares {
		std[g] = math.Sqrt(squares / m.counts[g])
	}
	return Moments{Mean: m.mean, Std: std, Last: m.last}
}

// Validate returns an error unless there is one mean and one standard deviation, or one of each for each channel or feature of X.
func (m Moments) Validate(d *Dataset) error {
	if err := d.validateMeasured(); err != nil {
		return err
	}
	width, channels := d.width(), d.X.Shape()[1]
	if n, features := len(m.Mean), lastOf(d.X.Shape()); m.Last && (n != features || n != len(m.Std)) {
		return errors.Errorf("data: moments of the last axis: got %d means and %d standard deviations, want %d of each, one for each "+
			"feature of X %v", n, len(m.Std), features, d.X.Shape())
	} else if n != len(m.Std) || !m.Last && n != 1 && n != channels && n != width {
		return errors.Errorf("data: moments: got %d means and %d standard deviations, want 1 of each%s, or %d, one for each feature",
			n, len(m.Std), perChannel(channels, width), width)
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

// Apply normalises one sample, as [Dataset.Normalize] does all. It makes Moments a [Transform].
func (m Moments) Apply(s *Sample) { normalize(s.X, len(s.X), m) }

// perChannel is the part of the error that holds for images.
func perChannel(channels, width int) string {
	if channels == 1 || channels == width {
		return ""
	}
	return fmt.Sprintf(", or %d, one for each channel", channels)
}

// normalize normalises samples of width values.
func normalize[T float32 | float64](values []T, width int, m Moments) {
	size := neighbours(width, len(m.Mean), m.Last)
	for i := 0; i < len(values); i += size {
		g := i / size % len(m.Mean)
		mean, std := m.Mean[g], m.Std[g]
		if std == 0 {
			std = 1
		}
		for j, v := range values[i : i+size] {
			values[i+j] = T((float64(v) - mean) / std)
		}
	}
}
