package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A chain lists the operations that the gradient passes from the pre-activation of one layer to that of the layer before.
type chain []hop

// A hop is one operation of a chain, with the root mean squares of the gradient before and after it.
type hop struct {
	part     part
	from, to *float64
}

// A part is the field of [profile.Gains] that an operation contributes to.
type part int

const (
	partOther part = iota
	partWeight
	partActivation
	partNorm
	partSkip
)

// gains adds up the hops.
func (c chain) gains() profile.Gains {
	var sums [5]number
	for _, h := range c {
		sums[h.part] += number(stat.Log10(*h.to) - stat.Log10(*h.from))
	}
	return profile.Gains{
		Weight: sums[partWeight], Activation: sums[partActivation], Norm: sums[partNorm], Skip: sums[partSkip], Other: sums[partOther],
	}
}

// chainFrom returns the chain from the next layer to layer i. The next layer is the next step of a recurrent layer, or else the
// first layer of the next depth that is computed from layer i. The chain is nil if there is none.
func (w *probe) chainFrom(i int) chain {
	lower := w.layers[i]
	if lower.OnSkip {
		return nil
	}
	for _, upper := range nextTo(lower, w.layers[i+1:]) {
		if c := newChain(upper, lower, w.program.Blocks, w.size); c != nil {
			return c
		}
	}
	return nil
}

// nextTo lists the candidates for the next layer among the layers after lower. A layer of the same step comes first.
func nextTo(lower *graph.LayerTrace, after []*graph.LayerTrace) (next []*graph.LayerTrace) {
	for _, l := range after {
		switch {
		case l.OnSkip:
		case lower.Recurrent && l.Path == lower.Path && l.Step == lower.Step+1:
			return []*graph.LayerTrace{l}
		case l.Depth > lower.Depth && (len(next) == 0 || l.Depth == next[0].Depth):
			if next = append(next, l); l.Step == lower.Step && next[0].Step != l.Step {
				next[0], next[len(next)-1] = l, next[0]
			}
		}
	}
	return next
}

// newChain lists the operations between two adjacent layers and requests the root mean squares of the gradients between them. It
// returns nil if the upper layer is not computed from the lower one.
func newChain(upper, lower *graph.LayerTrace, blocks []*graph.BlockTrace, rms func(*gorgonia.Node) *float64) chain {
	above := way(upper.Pre, upper.Linear)
	below := way(upper.Linear, lower.Pre)
	if above == nil || below == nil {
		return nil
	}
	nodes := append(above, below[1:]...)
	c := make(chain, 0, len(nodes))
	activation := false // whether the lower layer's activation is reached; Gorgonia may compute it in several operations
	for i, n := range nodes[1:] {
		reader := nodes[i]
		if n.Deriv() == nil {
			return nil
		}
		activation = activation || reader == lower.Act
		p := partOf(reader)
		if activation {
			p = partActivation
		}
		from, to := rms(reader.Deriv()), rms(n.Deriv())
		if _, branch := joined(n, blocks); branch != nil {
			c = append(c, hop{p, from, rms(branch)}, hop{partSkip, rms(branch), to})
			continue
		}
		if reader.Deriv() != n.Deriv() {
			c = append(c, hop{p, from, to})
		}
	}
	return c
}

// way lists the nodes on a path from one node to another that it is computed from, both included. It returns nil if there is no
// path.
func way(from, to *gorgonia.Node) []*gorgonia.Node {
	seen := make(map[*gorgonia.Node]bool)
	var search func(n *gorgonia.Node) []*gorgonia.Node
	search = func(n *gorgonia.Node) []*gorgonia.Node {
		if n == to {
			return []*gorgonia.Node{n}
		}
		if seen[n] {
			return nil
		}
		seen[n] = true
		if op.SpecOf(n).Kind.ReadsShapesOnly() {
			return nil
		}
		for _, child := range op.Operands(n) {
			if nodes := search(child); nodes != nil {
				return append([]*gorgonia.Node{n}, nodes...)
			}
		}
		return nil
	}
	return search(from)
}

// partOf returns the part that an operation contributes to.
func partOf(n *gorgonia.Node) part {
	switch op.SpecOf(n).Kind {
	case op.KindLinear, op.KindMatMul, op.KindMatVec, op.KindDot, op.KindTensordot, op.KindConv, op.KindConvTransposed, op.KindEmbedding, op.KindPatches:
		return partWeight
	case op.KindNormalize, op.KindGroupNormalize, op.KindScale:
		return partNorm
	case op.KindActivate, op.KindExp, op.KindLog, op.KindSqrt, op.KindSquare, op.KindNeg, op.KindInverse, op.KindInverseSqrt,
		op.KindElementwise:
		return partActivation
	}
	return partOther
}

// joined returns the gradients through the skip and through the branch of the residual block whose input is n. They are nil if
// there is no such block or the two cannot be told apart.
func joined(n *gorgonia.Node, blocks []*graph.BlockTrace) (skip, branch *gorgonia.Node) {
	for _, b := range blocks {
		if b.Input == n {
			return blockTerms(b)
		}
	}
	return nil, nil
}

// blockTerms returns the two terms of the gradient of a block's input, which Gorgonia adds in a separate node.
func blockTerms(b *graph.BlockTrace) (skip, branch *gorgonia.Node) {
	if b.Skip == nil || b.Input.Deriv() == nil {
		return nil, nil
	}
	isSkip := func(n *gorgonia.Node) bool { return n == b.Sum.Deriv() }
	if b.Skip != b.Input {
		nodes := way(b.Skip, b.Input)
		if len(nodes) < 2 {
			return nil, nil
		}
		first := nodes[len(nodes)-2] // a projection, or the operation that adds channels of zeros
		inputs := op.Operands(first)
		isSkip = func(n *gorgonia.Node) bool {
			return n != first && reads(n, first.Deriv()) && (len(inputs) < 2 || reads(n, inputs[1]))
		}
	}
	terms := expand(b.Input.Deriv(), isSkip)
	if len(terms) != 2 {
		return nil, nil
	}
	switch {
	case isSkip(terms[0]) && !isSkip(terms[1]):
		return terms[0], terms[1]
	case isSkip(terms[1]) && !isSkip(terms[0]):
		return terms[1], terms[0]
	}
	return nil, nil
}

// expand lists the terms of a sum of gradients. It does not expand the term through the skip, which may be a sum itself.
func expand(n *gorgonia.Node, isSkip func(*gorgonia.Node) bool) []*gorgonia.Node {
	if isSkip(n) || op.SpecOf(n).Kind != op.KindAdd {
		return []*gorgonia.Node{n}
	}
	var terms []*gorgonia.Node
	for _, child := range op.Operands(n) {
		terms = append(terms, expand(child, isSkip)...)
	}
	return terms
}

func reads(n, input *gorgonia.Node) bool {
	for _, child := range op.Operands(n) {
		if child == input {
			return true
		}
	}
	return false
}

// cosine returns the cosine of the angle between two vectors, from their norms and the norm of their sum.
func cosine(total, a, b float64) float64 {
	if a == 0 || b == 0 {
		return math.NaN()
	}
	// (total² - a² - b²)/(2ab), without overflow.
	c := (total/a*(total/b) - a/b - b/a) / 2
	return min(max(c, -1), 1)
}
