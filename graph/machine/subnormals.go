package machine

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/kernel"
)

// KeepSubnormals makes all machines compute with subnormal numbers, or again without. In float32 those are the numbers
// between 1.4e-45 and 1.2e-38, in float64 those between 4.9e-324 and 2.2e-308. Processors take up to a hundred times longer
// over them, and vanishing gradients reach them soon, so that they count as zero unless this switch is on.
func KeepSubnormals(on bool) { kernel.KeepSubnormals(on) }

// Flushed tells whether numbers too small for the type were flushed to zero while a node was computed last. It can be asked
// for in a tap on the node; the zeros in the value are then what was lost, besides those that are zero by nature. It is false
// for a node that was joined with the operation that reads it.
func (m *Machine) Flushed(n *gorgonia.Node) bool {
	if m.plan == nil {
		return false
	}
	s := m.plan.find[n]
	return s != nil && s.call != nil && s.call.Flushed()
}
