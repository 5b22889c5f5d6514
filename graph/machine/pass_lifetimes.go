package machine

import (
	"math"
	"slices"
)

// setLifetimes finds the stage in which each value is used last; the use of a kept value never ends. The result of a stock
// operation may be a view of its inputs, which are therefore needed as long as the result. So is the input of a part.
func setLifetimes(c *compilation) error {
	stages := c.plan.stages
	for i := len(stages) - 1; i >= 0; i-- {
		for _, s := range slices.Backward(stages[i].steps()) {
			s.useUntil(i)
			if s.kept || s.lasting != nil {
				s.useUntil(math.MaxInt)
			}
			c.shareInput(s, i)
			for _, input := range s.inputs {
				input.useUntil(i)
				if s.kind == isStock {
					input.useUntil(s.last)
				}
			}
			if !c.separate && s.isPart() {
				s.inputs[0].useUntil(s.last)
			}
		}
	}
	return nil
}

// shareInput marks a reshaped value whose input is needed after it: both then have the same memory, as long as either is needed. Otherwise
// the reshaped value takes over that memory.
func (c *compilation) shareInput(s *step, stage int) {
	if c.separate || s.kind != isOurs || !s.op.Copies() || s.inputs[0].last <= stage {
		return
	}
	s.shares = true
	s.inputs[0].useUntil(s.last)
}

// useUntil notes that the value is needed in a stage.
func (s *step) useUntil(stage int) {
	if stage > s.last {
		s.last, s.readers = stage, 0
	}
	if stage == s.last {
		s.readers++
	}
}
