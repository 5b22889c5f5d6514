package foreign

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A Warning is a place in a graph, or a solver, where Gorgonia 0.9.18 computes something else than it seems to.
type Warning struct {
	Node   *gorgonia.Node // nil for a solver
	Of     string         // the solver's type; empty for a node
	Trap   string         // what goes wrong
	Remedy string         // what to do about it
	Mended bool           // whether a [machine.Machine] computes the right value nevertheless
}

// String is one line.
func (w Warning) String() string {
	where, state := w.Of, w.Remedy
	if w.Node != nil {
		where = fmt.Sprintf("node %d", w.Node.ID())
	}
	if w.Node != nil && w.Node.Op() != nil {
		where += fmt.Sprintf(" (%v)", w.Node.Op())
	}
	if w.Mended {
		state = "Mended on machine.Machine. Elsewhere: " + w.Remedy
	}
	return fmt.Sprintf("%s: %s. %s.", where, w.Trap, state)
}

// Lint looks for known traps in a graph, also one written by hand with Gorgonia's own operations. It sees only the
// graph: if Gorgonia has wrongly merged two nodes while the graph was drawn, Lint can only warn that this may have happened. A
// graph without warnings may still be wrong. The steps of recurrences (package scan) are looked at too.
func Lint(g *gorgonia.ExprGraph) []Warning {
	l := newLinter(g)
	var list []Warning
	for _, n := range g.AllNodes() {
		if o, ours := n.Op().(*op.Op); ours && o.Scan() != nil && !o.Scan().Backward() {
			list = append(list, Lint(o.Scan().Body.Graph())...)
		}
		for _, t := range traps {
			if t.at(l, n) {
				replacement, _ := op.Replacement(n)
				list = append(list, Warning{n, "", t.what, t.remedy, t.mended || replacement != nil && !t.upstream})
			}
		}
	}
	return append(list, lintLosses(g)...)
}

// A linter knows how many nodes read each node.
type linter struct {
	readers map[*gorgonia.Node]int
	forward map[*gorgonia.Node]int // readers that are no part of a backward pass
}

func newLinter(g *gorgonia.ExprGraph) *linter {
	l := &linter{readers: make(map[*gorgonia.Node]int), forward: make(map[*gorgonia.Node]int)}
	backward := backwardOf(g)
	for _, n := range g.AllNodes() {
		for _, child := range op.Operands(n) {
			l.readers[child]++
			if !backward[n] {
				l.forward[child]++
			}
		}
	}
	return l
}

// readTwice tells whether two nodes of the forward pass read a value, or its reshaped form.
func (l *linter) readTwice(n *gorgonia.Node) bool {
	if l.forward[n] > 1 {
		return true
	}
	for reader, count := range l.forward {
		if isStockOf(reader, op.KindReshape) && op.Operands(reader)[0] == n && count > 1 {
			return true
		}
	}
	return false
}

// backwardOf is the set of the nodes that only gradients are computed from.
func backwardOf(g *gorgonia.ExprGraph) map[*gorgonia.Node]bool {
	var differentiated, derivatives []*gorgonia.Node
	for _, n := range g.AllNodes() {
		if d := n.Deriv(); d != nil {
			differentiated, derivatives = append(differentiated, n), append(derivatives, d)
		}
	}
	backward := op.Reachable(derivatives...)
	for n := range op.Reachable(differentiated...) {
		delete(backward, n)
	}
	return backward
}
