package machine

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// merge makes one step of those that compute the same: one operation of ours, which draws no random numbers, of the same
// inputs. Inputs and parameters are never merged. Neither are two outputs, because a caller may change one in place, as a
// callback that scales gradients does.
func merge(steps []*step) []*step {
	first := make(map[string]*step) // of those that compute the same
	same := make(map[*step]*step)
	return slices.DeleteFunc(steps, func(s *step) bool {
		for i, input := range s.inputs {
			if other := same[input]; other != nil {
				s.inputs[i] = other
			}
		}
		if s.kind != isOurs || s.op.Random() {
			return false
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
			f.kept, f.twins = true, append(f.twins, s.node)
		}
		return true
	})
}

// identity tells steps apart that do not compute the same.
func identity(s *step) string {
	var b strings.Builder
	b.WriteString(s.op.String())
	for _, input := range s.inputs {
		fmt.Fprintf(&b, " %d", input.node.ID())
	}
	return b.String()
}

// fold computes what depends on constants only. What fails is left for the run, to fail there. A value that is shown at its
// node is computed in each run, as whoever reads it may change it: Gorgonia's solvers set gradients to zero.
func fold(steps []*step) []*step {
	for _, s := range steps {
		if s.kind != isOurs || s.op.Random() || s.taps != nil || s.kept || len(s.inputs) == 0 {
			continue
		}
		if slices.ContainsFunc(s.inputs, func(input *step) bool { return input.kind != isConstant }) {
			continue
		}
		values := make([]gorgonia.Value, len(s.inputs))
		for i, input := range s.inputs {
			values[i] = input.value
		}
		if v, err := s.op.Do(values...); err == nil {
			s.kind, s.value = isConstant, v
		}
	}
	return steps
}

// fuse joins a step with the one whose result it alone reads, where one op of ours does the work of both.
func fuse(steps []*step) []*step {
	readers := make(map[*step]int)
	for _, s := range steps {
		for _, input := range s.inputs {
			readers[input]++
		}
	}
	gone := make(map[*step]bool)
	for _, s := range steps {
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
	return slices.DeleteFunc(steps, func(s *step) bool { return gone[s] })
}
