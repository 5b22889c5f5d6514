package machine

import "gorgonia.org/gorgonia"

// Feed makes the machine take the value of a node from v in each run, instead of computing it. Nodes that only this node
// needs are no longer computed, and their inputs need no values. Any node can be fed, so that a part of a graph can run alone.
// Feeding the gradient of a layer's output, for example, gives vector-Jacobian products of the layers below: for v = dL/dy
// the gradient of an earlier x is vᵀ·dy/dx, whatever L is.
//
//	var v gorgonia.Value // set to a tensor of the node's shape and type before each run, which reads and does not change it
//	m := machine.New(program.Graph, program.Layers[0].Act.Deriv())
//	m.Feed(program.Layers[5].Act.Deriv(), &v)
//
// A run without a value, or with one of another shape or type, is an error. A nil v ends the feeding.
func (m *Machine) Feed(n *gorgonia.Node, v *gorgonia.Value) {
	m.fed[n] = v
	if v == nil {
		delete(m.fed, n)
	}
	m.forget()
}
