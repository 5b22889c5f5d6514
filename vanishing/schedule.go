package vanishing

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
)

// A Schedule selects steps, which are counted from 0.
type Schedule interface {
	At(step int) bool
	// String describes the schedule in reports, as "every 10 steps".
	String() string
}

// Every is the schedule of steps 0, n, 2n, ...
func Every(n int) Schedule { return Linear{Step: n} }

// Never is the schedule without a step.
var Never Schedule = never{}

// Linear is the schedule of steps From, From+Step, From+2·Step, ... below To.
type Linear struct {
	From, Step int
	To         int // 0 for no end
}

// At implements Schedule.
func (l Linear) At(step int) bool {
	return step >= l.From && (l.To == 0 || step < l.To) && l.Step > 0 && (step-l.From)%l.Step == 0
}

func (l Linear) String() string {
	text := fmt.Sprintf("every %d steps", l.Step)
	if l.Step == 1 {
		text = "every step"
	}
	if l.From != 0 {
		text += fmt.Sprintf(" from %d", l.From)
	}
	if l.To != 0 {
		text += fmt.Sprintf(" below %d", l.To)
	}
	return text
}

// Logarithmic is the schedule of step 0 and PerDecade steps from each power of ten to the next, at equal ratios: dense at
// first, when the network changes most, and sparse later.
type Logarithmic struct {
	PerDecade int // 0 means 10
}

// At implements Schedule.
func (l Logarithmic) At(step int) bool {
	if step < 1 {
		return step == 0
	}
	return l.count(float64(step)) != l.count(float64(step)-1)
}

// count is the number of the schedule's steps from 1 up to the given step.
func (l Logarithmic) count(step float64) int {
	if step < 1 {
		return 0
	}
	const rounding = 1e-9
	return 1 + int(math.Floor(float64(l.perDecade())*math.Log10(step)+rounding))
}

func (l Logarithmic) perDecade() int {
	if l.PerDecade == 0 {
		return 10
	}
	return l.PerDecade
}

func (l Logarithmic) String() string { return fmt.Sprintf("%d steps a decade", l.perDecade()) }

// checkSchedule returns an error for an invalid schedule of this package.
func checkSchedule(s Schedule) error {
	switch s := s.(type) {
	case Linear:
		if s.Step < 1 || s.From < 0 || s.To < 0 {
			return errors.Errorf("vanishing: invalid schedule: got every %d steps from %d below %d, want every 1 or more, from 0 or later (use Never for none)", s.Step, s.From, s.To)
		}
	case Logarithmic:
		if s.PerDecade < 0 {
			return errors.Errorf("vanishing: invalid schedule: got %d steps a decade, want at least 1, or 0 for 10", s.PerDecade)
		}
	}
	return nil
}

type never struct{}

func (never) At(int) bool    { return false }
func (never) String() string { return "never" }

// spaced is the default schedule of details and histograms: the first step, then steps at least gap apart.
type spaced struct{ gap, last int }

func (s *spaced) At(step int) bool {
	if s.last >= 0 && step < s.last+s.gap {
		return false
	}
	s.last = step
	return true
}

func (s *spaced) String() string { return fmt.Sprintf("at most every %d steps", s.gap) }
