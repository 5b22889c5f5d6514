package schedule

import "github.com/pkg/errors"

// Sequence is one schedule after the other, as torch's SequentialLR. Each counts its steps from its own beginning, and its total is the
// number of its own steps: a Cosine that comes last ends with the run.
type Sequence struct {
	Schedules  []Schedule
	Milestones []int // steps at which the second schedule and the later ones begin, in ascending order
}

// Warmup rises along a line for a number of steps, from 1/steps of the rate, and then follows a schedule.
func Warmup(steps int, then Schedule) Sequence {
	return Sequence{[]Schedule{Linear{From: 1 / float64(max(1, steps)), Steps: steps}, then}, []int{steps}}
}

// At implements Schedule.
func (s Sequence) At(step, total int) float64 {
	i, begin := 0, 0
	for i < len(s.Milestones) && step >= s.Milestones[i] {
		begin = s.Milestones[i]
		i++
	}
	end := total
	if i < len(s.Milestones) {
		end = s.Milestones[i]
	}
	return s.Schedules[i].At(step-begin, max(0, end-begin))
}

// Validate implements Schedule.
func (s Sequence) Validate() error {
	if len(s.Schedules) == 0 || len(s.Milestones) != len(s.Schedules)-1 {
		return errors.Errorf("schedule: Sequence: got %d schedules and %d milestones, want one milestone fewer", len(s.Schedules), len(s.Milestones))
	}
	last := 0
	for _, m := range s.Milestones {
		if m <= last {
			return errors.Errorf("schedule: Sequence.Milestones: got %v, want ascending steps above 0", s.Milestones)
		}
		last = m
	}
	return validateAll("Sequence", s.Schedules)
}

// Observe implements Observer.
func (s Sequence) Observe(score float64) { observeAll(s.Schedules, score) }

// Product multiplies the factors of several schedules, as torch's ChainedScheduler.
type Product []Schedule

// At implements Schedule.
func (p Product) At(step, total int) float64 {
	factor := 1.0
	for _, s := range p {
		factor *= s.At(step, total)
	}
	return factor
}

// Validate implements Schedule.
func (p Product) Validate() error { return validateAll("Product", p) }

// Observe implements Observer.
func (p Product) Observe(score float64) { observeAll(p, score) }

// PerEpoch counts time in epochs: the schedule's step is the number of whole epochs that are over.
type PerEpoch struct {
	Steps    int // in an epoch
	Schedule Schedule
}

// At implements Schedule.
func (p PerEpoch) At(step, total int) float64 {
	return p.Schedule.At(step/p.Steps, (total+p.Steps-1)/p.Steps)
}

// Validate implements Schedule.
func (p PerEpoch) Validate() error {
	if p.Steps < 1 {
		return errors.Errorf("schedule: PerEpoch.Steps: got %d, want the number of steps in an epoch", p.Steps)
	}
	return validateAll("PerEpoch", []Schedule{p.Schedule})
}

// Observe implements Observer.
func (p PerEpoch) Observe(score float64) { observeAll([]Schedule{p.Schedule}, score) }

// Parts lists the schedules that a schedule is made of: itself, or those that a [Sequence], [Product] or [PerEpoch] combines.
func Parts(s Schedule) []Schedule {
	var within []Schedule
	switch s := s.(type) {
	case Sequence:
		within = s.Schedules
	case Product:
		within = s
	case PerEpoch:
		within = []Schedule{s.Schedule}
	default:
		return []Schedule{s}
	}
	var list []Schedule
	for _, part := range within {
		list = append(list, Parts(part)...)
	}
	return list
}

func validateAll(name string, list []Schedule) error {
	for i, s := range list {
		if s == nil {
			return errors.Errorf("schedule: %s: schedule %d is nil", name, i)
		}
		if err := s.Validate(); err != nil {
			return err
		}
	}
	return nil
}

func observeAll(list []Schedule, score float64) {
	for _, s := range list {
		if o, ok := s.(Observer); ok {
			o.Observe(score)
		}
	}
}
