package main

import (
	"time"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/internal/cputime"
)

// twins are a network with a recorder and one without. Both train in one process, interleaved a few steps at a time, so a disturbance
// affects both.
type twins struct {
	recorded, plain bench.Stepper
	now             func() usage
}

// A usage is the time used so far: of all cores, and by the clock.
type usage struct{ processor, clock time.Duration }

// used returns a function that tells the time used since this call.
func used() func() usage {
	start := time.Now()
	return func() usage { return usage{cputime.Used(), time.Since(start)} }
}

// race lets both train for some steps, interleaved by turns, and compares their times.
func (t twins) race(steps, turn int) (processor, clock float64, err error) {
	var with, without usage
	for i := range steps / turn {
		for k := range 2 {
			if (i+k)%2 == 0 {
				err = t.train(t.recorded, turn, &with)
			} else {
				err = t.train(t.plain, turn, &without)
			}
			if err != nil {
				return 0, 0, err
			}
		}
	}
	return float64(with.processor) / float64(without.processor), float64(with.clock) / float64(without.clock), nil
}

// train adds the time of a turn to a sum.
func (t twins) train(s bench.Stepper, steps int, sum *usage) error {
	before := t.now()
	for range steps {
		if _, err := s.Step(); err != nil {
			return err
		}
	}
	after := t.now()
	sum.processor += after.processor - before.processor
	sum.clock += after.clock - before.clock
	return nil
}
