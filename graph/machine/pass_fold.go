package machine

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// fold computes what depends on constants only. What fails is left for the run, to fail there. A value that is shown at its
// node is computed in each run, as whoever reads it may change it: Gorgonia's solvers set gradients to zero.
func fold(c *compilation) error {
	for _, s := range c.steps {
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
	return nil
}
