package machine

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// parallelTaps makes a step of the taps on a value that may run in parallel with operations, so that a core with nothing else to
// do can call them. It does so if the first step that reads the value is heavy, and puts the new step after that one, because a
// stage that the cores share begins with a heavy step.
func parallelTaps(c *compilation) error {
	if c.cores < 2 {
		return nil
	}
	var all []*step
	waiting := make(map[*step]*step) // steps of taps that have no place yet, by the step whose value they read
	for i, s := range c.steps {
		all = append(all, s)
		for _, input := range s.inputs {
			if t := waiting[input]; t != nil {
				all = append(all, t)
				delete(waiting, input)
			}
		}
		if slices.ContainsFunc(s.taps, isParallel) && readByHeavy(s, c.steps[i+1:]) {
			waiting[s] = takeParallel(s)
		}
	}
	c.steps = all
	return nil
}

func isParallel(t *tap) bool { return t.parallel }

// readByHeavy reports whether the first of steps that reads the value of s is heavy.
func readByHeavy(s *step, steps []*step) bool {
	for _, reader := range steps {
		if slices.Contains(reader.inputs, s) {
			return work(reader) >= heavy
		}
	}
	return false
}

// takeParallel takes the parallel taps from a step, and makes a step of them.
func takeParallel(s *step) *step {
	t := takeTaps(s, isParallel)
	t.args = make([]gorgonia.Value, 1)
	return t
}

// takeTaps takes the chosen taps from a step, and makes a step of them, which passes them the values of other steps too.
func takeTaps(s *step, chosen func(*tap) bool, others ...*step) *step {
	t := &step{node: s.node, shape: s.shape, last: -1, kind: isTap, inputs: append([]*step{s}, others...)}
	taps := s.taps
	s.taps = nil
	for _, one := range taps {
		if chosen(one) {
			t.taps = append(t.taps, one)
		} else {
			s.taps = append(s.taps, one)
		}
	}
	return t
}
