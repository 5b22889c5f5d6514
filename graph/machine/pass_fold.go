package machine

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// fold computes the steps that depend on constants only. A step that fails is left to fail in the run. A kept value is computed
// in each run, because its reader may change it: Gorgonia's solvers set gradients to zero.
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
