package scan

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/machine"
)

// A stepTap is a tap on a node of the body.
type stepTap struct {
	node *gorgonia.Node
	call func(step int, v gorgonia.Value)
}

// taps are those that others have set on the nodes of a runner.
type taps struct {
	list    []stepTap
	flushed map[*gorgonia.Node]bool // see Flushed
}

// Tap notes a tap.
func (t *taps) Tap(n *gorgonia.Node, call func(step int, v gorgonia.Value)) {
	t.list = append(t.list, stepTap{n, call})
	if t.flushed == nil {
		t.flushed = make(map[*gorgonia.Node]bool)
	}
	t.flushed[n] = false
}

// Flushed tells whether numbers of a node with a tap were flushed to zero in a step of the last run.
func (t *taps) Flushed(n *gorgonia.Node) bool { return t.flushed[n] }

// begin forgets what was flushed.
func (t *taps) begin() {
	for n := range t.flushed {
		t.flushed[n] = false
	}
}

// set puts the taps on the machine of a step.
func (t *taps) set(m *machine.Machine, step *int) {
	for _, one := range t.list {
		m.Tap(one.node, func(v gorgonia.Value) {
			if m.Flushed(one.node) {
				t.flushed[one.node] = true
			}
			one.call(*step, v)
		})
	}
}
