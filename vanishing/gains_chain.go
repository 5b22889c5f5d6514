package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A chain is the way of the gradient from the pre-activation of one layer on the path to that of the layer before, one
// operation after the other.
type chain []hop

// A hop is one operation's part: the root mean squares of the gradient before and after it.
type hop struct {
	part     part
	from, to *float64
}

// A part is what an operation counts as in [Gains].
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

// chainFrom is the way from the next layer on the path to a layer: the next step of a recurrent layer, or of the layers at the
// next depth the first from which there is a way. It is nil if there is none.
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

// nextTo lists the layers that may be next to one, of those after it. A layer of the same step comes first.
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

// newChain finds the operations between two layers next to each other on the path, and asks for the root mean squares of
// the gradients between them. It is nil if the graph has no such way.
func newChain(upper, lower *graph.LayerTrace, blocks []*graph.BlockTrace, rms func(*gorgonia.Node) *float64) chain {
	above := way(upper.Pre, upper.Linear)
	below := way(upper.Linear, lower.Pre)
	if above == nil || below == nil {
		return nil
	}
	nodes := append(above, below[1:]...)
	c := make(chain, 0, len(nodes))
	activation := false // whether the way has come to the lower layer's activation, which Gorgonia may draw as several operations
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

// way lists the nodes from one down to another that it is computed from, both included. It is nil if there is no way.
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
			if rest := search(child); rest != nil {
				return append([]*gorgonia.Node{n}, rest...)
			}
		}
		return nil
	}
	return search(from)
}

// partOf tells what the gradient of an operation counts as.
func partOf(n *gorgonia.Node) part {
	switch op.SpecOf(n).Kind {
	case op.KindLinear, op.KindMatMul, op.KindMatVec, op.KindDot, op.KindTensordot, op.KindEmbedding, op.KindPatches:
		return partWeight
	case op.KindNormalize, op.KindGroupNormalize, op.KindScale:
		return partNorm
	case op.KindActivate, op.KindExp, op.KindLog, op.KindSqrt, op.KindSquare, op.KindNeg, op.KindInverse, op.KindInverseSqrt,
		op.KindElementwise:
		return partActivation
	}
	return partOther
}

// joined finds the parts of the gradient that meet in a node because it is the input of a residual block: that through the
// skip and that through the branch. They are nil if it is none, or if they cannot be told apart.
func joined(n *gorgonia.Node, blocks []*graph.BlockTrace) (skip, branch *gorgonia.Node) {
	for _, b := range blocks {
		if b.Input == n {
			return blockTerms(b)
		}
	}
	return nil, nil
}

// blockTerms finds the two parts of the gradient of a block's input: Gorgonia adds them up in a node of its own.
func blockTerms(b *graph.BlockTrace) (skip, branch *gorgonia.Node) {
	if b.Skip == nil || b.Input.Deriv() == nil {
		return nil, nil
	}
	isSkip := func(n *gorgonia.Node) bool { return n == b.Sum.Deriv() }
	if b.Skip != b.Input {
		inputs := op.Operands(b.Skip)
		if len(inputs) < 2 {
			return nil, nil
		}
		weight := inputs[1]
		isSkip = func(n *gorgonia.Node) bool { return reads(n, b.Skip.Deriv()) && reads(n, weight) }
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

// expand lists what a sum of gradients is made of. It does not go into the part through the skip, which may be a sum too.
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

// cosine is that of the angle between two parts of a sum, from their sizes and that of the sum.
func cosine(total, a, b float64) float64 {
	if a == 0 || b == 0 {
		return math.NaN()
	}
	// (total² - a² - b²)/(2ab), without leaving float64's range.
	c := (total/a*(total/b) - a/b - b/a) / 2
	return min(max(c, -1), 1)
}
