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
	keepOutputs keeping = iota // no others
	keepAnswers                // those that a program can ask for
	keepAll
)

// KeepRuns makes each run bind new values to the nodes, so that values of earlier runs stay as they are. It is what
// gorgonia.TraceExec does on a TapeMachine. Runs allocate memory then.
func (m *Machine) KeepRuns() { m.cloning = true }

// roots lists the computed nodes of a graph that no other node of it reads. The graph may be a part of another, as
// SubgraphRoots gives. Gorgonia's method Roots remembers its first answer, and misses nodes that are drawn later.
func roots(g *gorgonia.ExprGraph) (list gorgonia.Nodes) {
	read := make(map[*gorgonia.Node]bool)
	for _, n := range g.AllNodes() {
		for _, operand := range op.Operands(n) {
			read[operand] = true
		}
	}
	for _, n := range g.AllNodes() {
		if !read[n] && n.Op() != nil {
			list = append(list, n)
		}
	}
	return list
}

// answers is the set of those nodes whose values a program can ask for. The others are the steps of the backward pass from one
// derivative to the next, which gorgonia.Grad draws and does not show.
func answers(nodes map[*gorgonia.Node]*step) map[*gorgonia.Node]bool {
	var differentiated, derivatives []*gorgonia.Node
	for n := range nodes {
		if d := n.Deriv(); d != nil && nodes[d] != nil { // Grad may have been called after the machine was made
			differentiated, derivatives = append(differentiated, n), append(derivatives, d)
		}
	}
	forward, backward := op.Reachable(differentiated...), op.Reachable(derivatives...)
	set := make(map[*gorgonia.Node]bool, len(nodes))
	for n := range nodes {
		set[n] = forward[n] || !backward[n]
	}
	for _, d := range derivatives {
		set[d] = true
	}
	return set
}

// Nodes lists what the machine computes, in the order in which the nodes were made.
func (m *Machine) Nodes() []*gorgonia.Node {
	list := slices.Collect(maps.Keys(op.Reachable(m.outputs...)))
	list = slices.DeleteFunc(list, func(n *gorgonia.Node) bool { return n.Op() == nil })
	slices.SortFunc(list, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	return list
}
