package machine

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph/op"
)

// Replay calls the taps that are on with the values bound to their nodes, in the order in which the nodes were made, and
// computes nothing. It shows what another machine has computed: a run of Gorgonia's TapeMachine leaves right values in the
// gradients of inputs and in roots of the graph, and in all nodes if it was made with gorgonia.TraceExec. Without that
// option any other node may hold the value of a later node that has taken over its memory.
func (m *Machine) Replay() error {
	for _, n := range m.graph.AllNodes() {
		s := &step{node: n, taps: m.tapsOf(n), value: n.Value()}
		if s.taps == nil {
			continue
		}
		for _, child := range op.Operands(n) {
			s.args = append(s.args, child.Value())
		}
		err := errors.New("the node has no value (run the graph first)")
		if s.value != nil {
			err = s.callTaps()
		}
		if err != nil {
			return m.explain(s, err)
		}
	}
	return nil
}
