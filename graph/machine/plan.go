package machine

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A plan is a compiled graph: what to compute in which order, and in which memory.
type plan struct {
	inputs  []*step                  // values from outside
	find    map[*gorgonia.Node]*step // of what is computed
	stages  []stage                  // what is computed, in order
	memory  Memory
	buffers []*buffer        // that it computes in
	own     map[uintptr]bool // where they begin
}

// Memory says what the values of a graph need. Inputs, parameters and what operations of Gorgonia's own allocate for
// themselves are not in it.
type Memory struct {
	Values int // computed values
	Sum    int // bytes they would need with memory of their own each
	Peak   int // bytes they need as planned
}

// protect copies an input that lies in the plan's own memory, as an output of the last run that is fed back does: the run would
// write over it while it is read.
func (p *plan) protect(s *step) {
	if v, isDense := s.value.(*tensor.Dense); isDense && p.own[v.Uintptr()] {
		s.value = v.Clone().(*tensor.Dense)
	}
}
