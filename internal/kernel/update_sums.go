package kernel

import "math"

// A Measurement selects what an optimiser measures of a parameter while it moves it.
type Measurement int

const (
	MeasureNothing  Measurement = iota
	MeasureGradient             // the sum of the gradient's squares
	MeasureAll                  // all fields of Sums
)

// Sums holds the measurements that an optimiser takes, in float64, while it moves a parameter. Subnormal numbers count as they do in the step:
// the kernels take them for zeros unless [KeepSubnormals] says otherwise.
type Sums struct {
	Grad float64 // sum of squares of the gradient

	// The following fields are zero unless MeasureAll is asked for.

	Param   float64 // sum of squares of the parameter before the step
	Update  float64 // sum of squares of its change
	GradAbs float64 // sum of the absolute values of the gradient
	GradMax float64 // the largest of them; NaN if there is a NaN
	// Same is the number of elements that the step left as they were, not one bit changed. A NaN that stays the same NaN
	// counts, and a -0 that becomes a +0 does not.
	Same int
}

// include adds the sums of another part of the parameter.
func (s *Sums) include(part Sums) {
	s.Grad += part.Grad
	s.Param += part.Param
	s.Update += part.Update
	s.GradAbs += part.GradAbs
	s.GradMax = max(s.GradMax, part.GradMax) // NaN if either is
	s.Same += part.Same
}

// portableMeasure adds an element: its gradient, and its value before and after the step.
func portableMeasure[T Float](s *Sums, level Measurement, g, before, after T) {
	grad, change := float64(g), float64(after-before)
	s.Grad += grad * grad
	if level != MeasureAll {
		return
	}
	s.Param += float64(before) * float64(before)
	s.Update += change * change
	s.GradAbs += math.Abs(grad)
	s.GradMax = max(s.GradMax, math.Abs(grad))
	if sameBits(before, after) {
		s.Same++
	}
}

func sameBits[T Float](a, b T) bool {
	if is32[T]() {
		return math.Float32bits(*as32(&a)) == math.Float32bits(*as32(&b))
	}
	return math.Float64bits(*as64(&a)) == math.Float64bits(*as64(&b))
}
