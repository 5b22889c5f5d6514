package foreign

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A Warning is a place in a graph where Gorgonia 0.9.18 computes something else than it seems to.
type Warning struct {
	Node   *gorgonia.Node
	Trap   string // what goes wrong
	Remedy string // what to do about it
	Mended bool   // whether a [machine.Machine] computes the right value nevertheless
}

// String is one line.
func (w Warning) String() string {
	where, state := fmt.Sprintf("node %d", w.Node.ID()), w.Remedy
	if w.Node.Op() != nil {
		where += fmt.Sprintf(" (%v)", w.Node.Op())
	}
	if w.Mended {
		state = "Mended on machine.Machine. Elsewhere: " + w.Remedy
	}
	return fmt.Sprintf("%s: %s. %s.", where, w.Trap, state)
}

// Lint looks for known traps in a graph, also one written by hand with Gorgonia's own operations. It sees only the
// graph: if Gorgonia has wrongly merged two nodes while the graph was drawn, Lint can only warn that this may have happened. A
// graph without warnings may still be wrong.
func Lint(g *gorgonia.ExprGraph) []Warning {
	l := &linter{readers: make(map[*gorgonia.Node]int)}
	for _, n := range g.AllNodes() {
		for _, child := range op.Operands(n) {
			l.readers[child]++
		}
	}
	var list []Warning
	for _, n := range g.AllNodes() {
		for _, t := range traps {
			if t.at(l, n) {
				list = append(list, Warning{n, t.what, t.remedy, t.mended || op.Replacement(n) != nil && !t.upstream})
			}
		}
	}
	if losses := lossesOf(g); len(losses) > 1 {
		for _, n := range losses[1:] {
			list = append(list, Warning{Node: n, Trap: "the graph has been differentiated more than once: Gorgonia skips nodes that have a derivative already, " +
				"and later gradients are wrong or equal the first ones", Remedy: "add the losses and differentiate the sum, or draw a graph for each"})
		}
	}
	return list
}

// A linter knows how many nodes read each node.
type linter struct{ readers map[*gorgonia.Node]int }

// lossesOf lists the nodes that Grad was called with: their derivative is the constant 1, and no node computed from them has
// this derivative.
func lossesOf(g *gorgonia.ExprGraph) []*gorgonia.Node {
	var ones []*gorgonia.Node
	for _, n := range g.AllNodes() {
		if d := n.Deriv(); d != nil && isOne(d) {
			ones = append(ones, n)
		}
	}
	var losses []*gorgonia.Node
	for _, n := range ones {
		inner := false
		for _, other := range ones {
			inner = inner || other != n && op.Reachable(other)[n]
		}
		if !inner {
			losses = append(losses, n)
		}
	}
	return losses
}

// isOne reports whether a node is the constant 1.
func isOne(n *gorgonia.Node) bool {
	if op.SpecOf(n).Kind != op.KindConstant || n.Value() == nil {
		return false
	}
	switch v := n.Value().Data().(type) {
	case float64:
		return v == 1
	case float32:
		return v == 1
	}
	return false
}
