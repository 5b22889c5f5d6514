package machine

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/kernel"
)

// KeepSubnormals makes all machines compute with subnormal numbers (on), or flush them to zero (off). In float32 those are the numbers
// between 1.4e-45 and 1.2e-38, in float64 those between 4.9e-324 and 2.2e-308. Processors compute up to a hundred times
// more slowly with them, and vanishing gradients soon reach them, so they count as zero unless this switch is on.
func KeepSubnormals(on bool) { kernel.KeepSubnormals(on) }

// Flushed tells whether numbers too small for the type were flushed to zero when a node was last computed. A tap on the
// node may call it; zeros in the value are then flushed numbers, or true zeros. Flushed is false for a node that was joined with
// the operation that reads it. A node of the step of a recurrence must have a tap; the steps of a run count together.
func (m *Machine) Flushed(n *gorgonia.Node) bool {
	if m.plan == nil {
		return false
	}
	if n.Graph() != m.graph {
		return m.flushedInSteps(n)
	}
	return slices.ContainsFunc(m.plan.stepsOf[n], func(s *step) bool { return s.call != nil && s.call.Flushed() })
}

// flushedInSteps is Flushed for a node of the step of a recurrence.
func (m *Machine) flushedInSteps(n *gorgonia.Node) bool {
	return slices.ContainsFunc(m.plan.stepsOf[m.computes(n)], func(s *step) bool {
		return s.call != nil && s.call.Runner() != nil && s.call.Runner().Flushed(n)
	})
}
