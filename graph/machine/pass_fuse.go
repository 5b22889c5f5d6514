package machine

import (
	"slices"
)

// fuse joins a step with its input if no other step reads that input and one op of ours does the work of both.
func fuse(c *compilation) error {
	readers := make(map[*step]int)
	for _, s := range c.steps {
		for _, input := range s.inputs {
			readers[input]++
		}
	}
	gone := make(map[*step]bool)
	for _, s := range c.steps {
		if s.kind != isOurs || len(s.inputs) != 1 {
			continue
		}
		inner := s.inputs[0]
		if inner.kind != isOurs || inner.kept || inner.taps != nil || readers[inner] != 1 {
			continue
		}
		if joint := s.op.Fuse(inner.op); joint != nil {
			s.op, s.inputs, gone[inner] = joint, inner.inputs, true
		}
	}
	c.steps = slices.DeleteFunc(c.steps, func(s *step) bool { return gone[s] })
	return nil
}
