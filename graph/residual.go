package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// Residual puts any stack of layers into a residual block (He et al. 2015):
//
//	y = g(skip(x) + Scale·branch(x))
//
// The sum comes before the activation g, so in the notation of a block that skips two layers it is
// a[l+2] = g(z[l+2] + a[l]). The skip is the identity where the branch keeps the width of its input, and a fully
// connected projection without bias where it does not.
type Residual struct {
	Branch Layer
	// Activation g of the sum; nil for none, as in pre-activation blocks (He et al. 2016), whose branch begins with
	// normalisation and activation.
	Activation Layer
	// Scale of the branch; 0 means 1. With 1/sqrt(number of blocks) the signal grows by a bounded factor over all blocks.
	Scale float64
	// ProjectionInit draws the projection's weight; nil means XavierUniform{}.
	ProjectionInit Initializer
	// NoSkip removes the skip and nothing else, to compare a residual network with its plain twin.
	NoSkip bool
}

// Apply draws branch, skip, sum and activation.
func (r Residual) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("block")
	if r.Branch == nil {
		return b.Failf("Residual has no Branch")
	}
	if !isFinite(r.Scale) {
		return b.Failf("Scale is %g, expected a finite number", r.Scale)
	}
	// The skip reads x too, so a normalisation or activation that the branch begins with is not the end of the layer before.
	b.trace.close(x)
	first := len(b.trace.layers)
	end := r.Branch.Apply(b, x)
	if end == nil {
		return b.Failf("the branch, a %T, gave no output node", r.Branch)
	}
	last := b.trace.ends[end]
	block := &BlockTrace{Path: b.path, Input: x, Scale: orDefault(r.Scale, 1), First: first, Last: len(b.trace.layers) - 1}
	sum := r.join(b, block, end)
	b.trace.blocks = append(b.trace.blocks, block)
	if last != nil {
		b.trace.extend(end, sum)
	}
	if r.Activation == nil {
		b.trace.close(sum)
		return sum
	}
	return r.Activation.Apply(b, sum)
}

// join adds the skip to the branch, which ends in the node end.
func (r Residual) join(b *Builder, block *BlockTrace, end *gorgonia.Node) *gorgonia.Node {
	block.Branch = end
	if block.Scale != 1 {
		block.Branch = b.Check(op.Scale(end, block.Scale))
	}
	if block.Sum = block.Branch; r.NoSkip {
		return block.Sum
	}
	block.Skip = r.skip(b, block.Input, block.Branch)
	block.Sum = b.Check(op.Add(block.Skip, block.Branch))
	return block.Sum
}

// skip is x, or its projection to the branch's width.
func (r Residual) skip(b *Builder, x, branch *gorgonia.Node) *gorgonia.Node {
	if x.Shape().Eq(branch.Shape()) {
		return x
	}
	if x.Dims() != 2 || branch.Dims() != 2 {
		return b.Failf("the branch turns shape %v into %v, and only (batch, features) can be projected", x.Shape(), branch.Shape())
	}
	projection := Dense{Units: branch.Shape()[1], Init: r.ProjectionInit, NoBias: true}
	skip := projection.draw(b.ScopeAs("projection"), x)
	b.trace.layers[len(b.trace.layers)-1].OnSkip = true
	return skip
}

var _ Layer = Residual{}
