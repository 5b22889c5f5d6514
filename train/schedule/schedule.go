package schedule

import (
	"math"

	"github.com/pkg/errors"
)

// A Schedule gives the factor by which the learning rate of the optimiser is multiplied in each step.
type Schedule interface {
	// At is the factor at a step, counted from 0. The total is the number of planned steps, or 0 if it is not known.
	At(step, total int) float64
	// Validate returns an error that names the first field that is out of range, if any.
	Validate() error
}

// An Observer is a schedule that depends on the course of the training.
type Observer interface {
	Schedule
	// Observe takes a score of the model, such as the validation loss after an epoch.
	Observe(score float64)
}

// Func is a schedule by any function, as torch's LambdaLR.
type Func func(step, total int) float64

// At implements Schedule.
func (f Func) At(step, total int) float64 { return f(step, total) }

// Validate implements Schedule.
func (f Func) Validate() error {
	if f == nil {
		return errors.New("schedule: Func is nil")
	}
	return nil
}

// A limit is a field that must be at least 0, and not above its top.
type limit struct {
	name       string
	value, top float64
}

var inf = math.Inf(1)

// check returns an error for the first field that is out of range.
func check(schedule string, limits ...limit) error {
	for _, l := range limits {
		if !(l.value >= 0 && l.value <= l.top) || math.IsInf(l.value, 0) {
			return errors.Errorf("schedule: %s.%s: got %g, want a number from 0 to %g", schedule, l.name, l.value, l.top)
		}
	}
	return nil
}

// length is the number of steps of a schedule: its own, or the whole run; 0 if neither is known.
func length(own, total int) float64 {
	if own > 0 {
		return float64(own)
	}
	return float64(max(0, total))
}

func orDefault[T int | float64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
