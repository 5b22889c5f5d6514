package foreign

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// lintLosses warns of losses that have been differentiated one after the other and have an operation in common. A weight that both
// read does no harm.
func lintLosses(g *gorgonia.ExprGraph) (list []Warning) {
	seen := make(map[*gorgonia.Node]bool) // differentiated operations of earlier losses
	for _, loss := range lossesOf(g) {
		shared, reached := false, op.Reachable(loss)
		for n := range reached {
			shared = shared || seen[n]
		}
		if shared {
			list = append(list, Warning{Node: loss, Trap: "a part of this loss has been differentiated for another loss before: Gorgonia skips nodes that have a derivative already, " +
				"and later gradients are wrong or equal the first ones", Remedy: "Add the losses and differentiate the sum, or draw a graph for each"})
		}
		for n := range reached {
			if n.Op() != nil && n.Deriv() != nil {
				seen[n] = true
			}
		}
	}
	return list
}

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

// leavesInputOut recognises a sum of log p + log y, or of their difference, with an input y that has no gradient. Gorgonia makes it of
// log(p·y), too. It differs from the sum of log p by a number that no gradient depends on.
func leavesInputOut(_ *linter, n *gorgonia.Node) bool {
	if !isStockOf(n, op.KindSum) || n.Deriv() == nil {
		return false
	}
	term := op.Operands(n)[0]
	for isStockOf(term, op.KindNeg, op.KindReshape) {
		term = op.Operands(term)[0]
	}
	if !isStockOf(term, op.KindAdd, op.KindSub) {
		return false
	}
	in := op.Operands(term)
	return isLogOfInput(in[0]) && in[1].Deriv() != nil || isLogOfInput(in[1]) && in[0].Deriv() != nil
}

func isLogOfInput(n *gorgonia.Node) bool {
	if !isStockOf(n, op.KindLog) {
		return false
	}
	y := op.Operands(n)[0]
	return y.Op() == nil && y.Deriv() == nil
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
