package optim

import "github.com/gradflow/gradflow/internal/kernel"

// Sums are measurements of one parameter in float64, made by the step that moves it:
//
//	Grad     sum of squares of the gradient as Step received it
//
// and, if all is measured,
//
//	Param    sum of squares of the parameter before the step
//	Update   sum of squares of what the step added to it
//	GradAbs  sum of |gradient|
//	GradMax  largest |gradient|; NaN if there is a NaN
//	Same     number of elements that the step left the same, bit by bit: a NaN that stays the same NaN counts, a -0 that
//	         becomes a +0 does not
type Sums = kernel.Sums

// A Measurement is how much a [Measurer] measures. The zero value is nothing.
type Measurement = kernel.Measurement

const (
	MeasureNothing  = kernel.MeasureNothing
	MeasureGradient = kernel.MeasureGradient // the sum of the gradient's squares
	MeasureAll      = kernel.MeasureAll
)

// A Measurer is an optimiser that takes [Sums] while it moves the parameters. That costs little, as the step reads all of
// these numbers anyway.
type Measurer interface {
	Optimizer
	// Measure says what to measure in the steps from now on. A level above MeasureAll means MeasureAll.
	Measure(level Measurement)
	// Sums gives the sums of the last step, one for each parameter that Step was given, zeros for parameters that are not
	// trainable. It is nil if that step measured nothing. The next step overwrites the sums.
	Sums() []Sums
}

// A meter is the part that all Measurers share.
type meter struct {
	level Measurement
	taken Measurement // level of the last step
	sums  []Sums
}

// Measure implements Measurer.
func (m *meter) Measure(level Measurement) {
	m.level = min(max(level, MeasureNothing), MeasureAll)
}

// Sums implements Measurer.
func (m *meter) Sums() []Sums {
	if m.taken == MeasureNothing {
		return nil
	}
	return m.sums
}

// begin makes room for the sums of n parameters.
func (m *meter) begin(n int) {
	m.taken = m.level
	if len(m.sums) != n {
		m.sums = make([]Sums, n)
	}
	clear(m.sums)
}
