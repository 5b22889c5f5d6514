package graph

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// Residual puts any stack of layers into a residual block (He et al. 2015):
//
//	y = g(skip(x) + Scale·branch(x))
//
// The sum comes before the activation g, so in the notation of a block that skips two layers it is
// a[l+2] = g(z[l+2] + a[l]). The skip is the identity where the branch keeps the shape of its input. Where it does not, the skip is
// Shortcut or, of rows, a fully connected projection without bias.
type Residual struct {
	Branch Layer
	// Activation g of the sum; nil for none, as in pre-activation blocks (He et al. 2016), whose branch begins with
	// normalisation and activation.
	Activation Layer
	// Scale of the branch; 0 means 1. With 1/sqrt(number of blocks) the signal grows by a bounded factor over all blocks. [MuP]
	// multiplies it.
	Scale float64
	// Shortcut is drawn on the skip of a branch that changes the shape, in the scope "projection"; nil for a fully connected layer. For
	// images it is a convolution with a window of 1, and perhaps a normalisation, or [PadChannels].
	Shortcut Layer
	// ProjectionInit draws the projection's weight; nil means XavierUniform{}.
	ProjectionInit initializer.Initializer
	// NoSkip removes the skip and nothing else, to compare a residual network with its plain twin.
	NoSkip bool
	// Name is the scope of the block; "" means "block" and its number.
	Name string
}

// Apply draws branch, skip, sum and activation.
func (r Residual) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if r.Name != "" {
		b = b.ScopeAs(r.Name)
	} else {
		b = b.Scope("block")
	}
	if r.Branch == nil {
		return b.Failf("Residual has no Branch")
	}
	if math.IsNaN(r.Scale) || math.IsInf(r.Scale, 0) {
		return b.Failf("got Scale %g, want a finite number", r.Scale)
	}
	scale := orDefault(r.Scale, 1)
	if !r.NoSkip {
		scale *= b.mup.enter()
	}
	branch := r.Branch.Apply(b, x)
	if !r.NoSkip {
		b.mup.leave()
	}
	if branch == nil {
		return b.Failf("the branch, a %T, gave no output node", r.Branch)
	}
	if b.leftOut() {
		return r.leaveOut(b, x, branch)
	}
	if scale != 1 {
		branch = b.Check(op.Scale(branch, scale))
	}
	sum := branch
	if r.NoSkip {
		b.removed = append(b.removed, &BlockTrace{Path: b.path, Input: x, Branch: branch, Sum: sum, Scale: scale})
	} else {
		sum = b.Check(op.Add(r.skip(b, x, branch), branch))
	}
	if r.Activation == nil {
		return sum
	}
	return r.Activation.Apply(b, sum)
}

// leaveOut draws the block without its branch, whose shape counts.
func (r Residual) leaveOut(b *Builder, x, branch *gorgonia.Node) *gorgonia.Node {
	y := x
	switch {
	case !r.NoSkip:
		y = r.skip(b, x, branch)
	case !x.Shape().Eq(branch.Shape()):
		return b.Failf("a block without skip cannot be left out if it changes the shape: got %v before it and %v after it", x.Shape(), branch.Shape())
	}
	if r.Activation == nil {
		return y
	}
	return r.Activation.Apply(b, y)
}

// skip is x, or its projection to the branch's shape.
func (r Residual) skip(b *Builder, x, branch *gorgonia.Node) *gorgonia.Node {
	if x.Shape().Eq(branch.Shape()) {
		return x
	}
	if r.Shortcut != nil {
		return r.Shortcut.Apply(b.ScopeAs("projection"), x)
	}
	if x.Dims() != 2 || branch.Dims() != 2 {
		return b.Failf("the projection on the skip: got shapes %v before the branch and %v after it, want (batch, features) for both (or set Shortcut)", x.Shape(), branch.Shape())
	}
	projection := Dense{Units: branch.Shape()[1], Init: r.ProjectionInit, NoBias: true}
	return projection.draw(b.ScopeAs("projection"), x)
}

var _ Layer = Residual{}
