package machine

import (
	"fmt"
	"slices"
	"strings"
)

// merge makes one step of steps that apply the same operation of ours to the same inputs, unless it draws random numbers. A step that
// passes its input on is removed.
// Inputs and parameters are never merged. Neither are two outputs, because a caller may change one in place, as a
// callback that scales gradients does.
func merge(c *compilation) error {
	first := make(map[string]*step) // of those that compute the same
	same := make(map[*step]*step)
	c.steps = slices.DeleteFunc(c.steps, func(s *step) bool {
		for i, input := range s.inputs {
			if other := same[input]; other != nil {
				s.inputs[i] = other
			}
		}
		if s.kind != isOurs || s.op.Random() {
			return false
		}
		if s.op.Passes() && !s.kept && s.taps == nil {
			same[s] = s.inputs[0]
			return true
		}
		key := identity(s)
		f := first[key]
		if f == nil {
			first[key] = s
			return false
		}
		if s.output && f.output {
			return false
		}
		same[s] = f
		f.output = f.output || s.output
		f.taps = append(slices.Clip(f.taps), s.taps...)
		if s.kept {
			f.kept, f.bindings = true, append(f.bindings, s.bindings...)
		}
		return true
	})
	return nil
}

// identity is a key that is equal for steps which compute the same, and only for those.
func identity(s *step) string {
	var b strings.Builder
	b.WriteString(s.op.String())
	for _, input := range s.inputs {
		fmt.Fprintf(&b, " %d", input.node.ID())
	}
	return b.String()
}
