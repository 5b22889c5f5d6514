package machine

import (
	"cmp"
	"maps"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A keeping tells which values last until the next run, besides those of the outputs.
type keeping int

const (
	keepOutputs  keeping = iota // no others
	keepAll                     // all; reshaped values may share memory
	keepSeparate                // all, each in memory of its own
)

// KeepRuns makes each run bind new values to the nodes, so that values of earlier runs stay as they are. It is what
// gorgonia.TraceExec does on a TapeMachine. Runs allocate memory then.
func (m *Machine) KeepRuns() {
	m.cloning = true
	m.forget()
}

// roots lists the computed nodes of a graph that no other node of it reads. It leaves out gradients that are no node's derivative: Grad
// has drawn them for something that needs none, such as a mask or the data, and gives them to nobody. The graph may be a part of
// another, as SubgraphRoots gives. Gorgonia's method Roots remembers its first answer, and misses nodes that are drawn later.
func roots(g *gorgonia.ExprGraph) (list gorgonia.Nodes) {
	nodes := slices.Clone(g.AllNodes())
	slices.SortFunc(nodes, func(a, b *gorgonia.Node) int { return cmp.Compare(b.ID(), a.ID()) }) // readers come before what they read
	read, derivative := make(map[*gorgonia.Node]bool), make(map[*gorgonia.Node]bool)
	for _, n := range nodes {
		derivative[n.Deriv()] = true
	}
	for _, n := range nodes {
		if !read[n] && !derivative[n] && op.DrawnByGrad(n) {
			continue
		}
		if !read[n] && n.Op() != nil {
			list = append(list, n)
		}
		for _, operand := range op.Operands(n) {
			read[operand] = true
		}
	}
	slices.Reverse(list)
	return list
}

// Nodes lists what the machine computes, in the order in which the nodes were made.
func (m *Machine) Nodes() []*gorgonia.Node {
	list := slices.Collect(maps.Keys(op.Reachable(m.outputs...)))
	list = slices.DeleteFunc(list, func(n *gorgonia.Node) bool { return n.Op() == nil })
	slices.SortFunc(list, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	return list
}
