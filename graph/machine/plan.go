package machine

import (
	"gorgonia.org/gorgonia"
)

// A plan is a compiled graph: what to compute in which order, and in which memory.
type plan struct {
	inputs   []*step                    // values from outside
	stepsOf  map[*gorgonia.Node][]*step // steps of the computed nodes, those that convert weights and images included
	stages   []stage                    // computed steps, in order
	memory   Memory
	buffers  []*buffer // memory of the computed values
	memories memories  // addresses of the computed values

	constants []*step // kept constants
	gradients []*gradient
	modals    []modal
}

// Memory is the memory that the values of a graph need. It does not include inputs, parameters and what Gorgonia's operations
// allocate themselves.
type Memory struct {
	Values int // computed values
	Sum    int // bytes they would need if each had separate memory
	Peak   int // bytes they need as planned
}

// protect copies an input that lies in the plan's memory, such as an output of the last run that is fed back or a row of it: the
// run would overwrite it before all steps have read it.
func (p *plan) protect(s *step) (err error) {
	if p.memories.overlap(s.value) {
		s.value, err = gorgonia.CloneValue(s.value)
	}
	return err
}
