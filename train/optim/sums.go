package optim

import "github.com/gradflow/gradflow/internal/blas"

// Sums are sums of squares over the elements of one parameter, in float64, taken in passing by the step that moved it:
//
//	Grad    of the gradient as Step received it
//	Param   of the parameter before the step
//	Update  of what the step added to it
type Sums = blas.Sums

// A Measurer is an optimiser that takes [Sums] while it moves the parameters. It costs little, as it reads all of these
// numbers anyway.
type Measurer interface {
	Optimizer
	// Measure says whether to take sums in the steps from now on.
	Measure(on bool)
	// Sums gives those of the last step, one for each parameter it was given, zeros for those that are not trainable. It is
	// nil if they were not taken. The next step overwrites them.
	Sums() []Sums
}

// A meter is the part of a Measurer that is the same in all of them.
type meter struct {
	on   bool
	sums []Sums
}

// Measure implements Measurer.
func (m *meter) Measure(on bool) { m.on = on }

// Sums implements Measurer.
func (m *meter) Sums() []Sums {
	if !m.on {
		return nil
	}
	return m.sums
}

// begin makes room for the sums of n parameters.
func (m *meter) begin(n int) {
	if len(m.sums) != n {
		m.sums = make([]Sums, n)
	}
	clear(m.sums)
}

// at is where the sums of a parameter go; nil if none are taken.
func (m *meter) at(i int) *Sums {
	if !m.on {
		return nil
	}
	return &m.sums[i]
}
