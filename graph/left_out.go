package graph

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// leftOut lists the inputs of a graph that have a gradient and multiply samples, but are not among the learnables: weights that
// the caller has left out. They make layers as others do. An input that only learnables multiply holds samples itself, even if it
// has a gradient.
func leftOut(loss *gorgonia.Node, learnables []*gorgonia.Node) (list []*gorgonia.Node) {
	hasSamples := samplesIn(loss)
	isWeight := func(n, other *gorgonia.Node) bool {
		return n.Op() == nil && n.Deriv() != nil && hasSamples[other] && !slices.Contains(learnables, n)
	}
	reached := op.Reachable(loss)
	for _, n := range loss.Graph().AllNodes() {
		kind := op.SpecOf(n).Kind
		if !reached[n] || kind < op.KindLinear || kind > op.KindTensordot {
			continue
		}
		factors := op.Operands(n)
		for i, w := range factors[:2] {
			if isWeight(w, factors[1-i]) && !slices.Contains(list, w) {
				list = append(list, w)
			}
		}
	}
	return list
}

// samplesIn tells which nodes are computed from an input that has no gradient.
func samplesIn(loss *gorgonia.Node) map[*gorgonia.Node]bool {
	known := make(map[*gorgonia.Node]bool)
	var visit func(n *gorgonia.Node) bool
	visit = func(n *gorgonia.Node) bool {
		if has, seen := known[n]; seen {
			return has
		}
		kind := op.SpecOf(n).Kind
		has := kind == op.KindInput && n.Deriv() == nil
		if !kind.ReadsShapesOnly() {
			for _, k := range op.Operands(n) {
				has = visit(k) || has
			}
		}
		known[n] = has
		return has
	}
	visit(loss)
	return known
}
