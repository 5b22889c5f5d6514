package schedule

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"
)

// Constant is a factor that stays.
type Constant struct {
	Factor float64 // 0 means 1
}

// At implements Schedule.
func (c Constant) At(int, int) float64 { return orDefault(c.Factor, 1) }

// Validate implements Schedule.
func (c Constant) Validate() error { return check("Constant", limit{"Factor", c.Factor, inf}) }

// Step multiplies the rate by Gamma every Size steps, as torch's StepLR.
type Step struct {
	Size  int     // steps; 0 means a third of the run
	Gamma float64 // 0 means 0.1
}

// At implements Schedule.
func (s Step) At(step, total int) float64 {
	size := cmp.Or(s.Size, (total+2)/3)
	if size == 0 {
		return 1
	}
	return math.Pow(orDefault(s.Gamma, 0.1), float64(step/size))
}

// Validate implements Schedule.
func (s Step) Validate() error {
	return check("Step", limit{"Size", float64(s.Size), inf}, limit{"Gamma", s.Gamma, inf})
}

// MultiStep multiplies the rate by Gamma at each milestone, as torch's MultiStepLR.
type MultiStep struct {
	Milestones []int   // steps, in ascending order
	Gamma      float64 // 0 means 0.1
}

// At implements Schedule.
func (m MultiStep) At(step, _ int) float64 {
	passed := 0
	for _, at := range m.Milestones {
		if at <= step {
			passed++
		}
	}
	return math.Pow(orDefault(m.Gamma, 0.1), float64(passed))
}

// Validate implements Schedule.
func (m MultiStep) Validate() error {
	if !slices.IsSorted(m.Milestones) {
		return errors.Errorf("schedule: MultiStep.Milestones: got %v, want ascending steps", m.Milestones)
	}
	return check("MultiStep", limit{"Gamma", m.Gamma, inf})
}

// Exponential multiplies the rate by Gamma in each step, as torch's ExponentialLR.
type Exponential struct {
	Gamma float64 // in (0, 1]; 0 means 0.999
}

// At implements Schedule.
func (e Exponential) At(step, _ int) float64 {
	return math.Pow(orDefault(e.Gamma, 0.999), float64(step))
}

// Validate implements Schedule.
func (e Exponential) Validate() error { return check("Exponential", limit{"Gamma", e.Gamma, 1}) }

// Linear changes the factor from From to To along a line, and keeps it there, as torch's LinearLR.
type Linear struct {
	From  float64 // 0 means 1/3
	To    float64 // 0 means 1; a decay to 0 is Polynomial{}
	Steps int     // 0 means 5
}

// At implements Schedule.
func (l Linear) At(step, _ int) float64 {
	from, to := orDefault(l.From, 1./3), orDefault(l.To, 1)
	share := min(1, float64(step)/float64(orDefault(l.Steps, 5)))
	return from + (to-from)*share
}

// Validate implements Schedule.
func (l Linear) Validate() error {
	return check("Linear", limit{"From", l.From, inf}, limit{"To", l.To, inf}, limit{"Steps", float64(l.Steps), inf})
}

// Polynomial falls from 1 to 0 as (1 - step/Steps)^Power, as torch's PolynomialLR. The last step still moves: 0 would come after it.
type Polynomial struct {
	Steps int     // 0 means the whole run
	Power float64 // 0 means 1
}

// At implements Schedule. It is 1 if the run's length is not known.
func (p Polynomial) At(step, total int) float64 {
	steps := length(p.Steps, total)
	if steps == 0 {
		return 1
	}
	return math.Pow(1-min(1, float64(step)/steps), orDefault(p.Power, 1))
}

// Validate implements Schedule.
func (p Polynomial) Validate() error {
	return check("Polynomial", limit{"Steps", float64(p.Steps), inf}, limit{"Power", p.Power, inf})
}
