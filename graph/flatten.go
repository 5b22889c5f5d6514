package graph

import "gorgonia.org/gorgonia"

// Flatten keeps the batch axis and joins all others: (batch, ...) to (batch, features).
type Flatten struct{}

// Apply draws the reshape.
func (Flatten) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if x.Dims() == 2 {
		return x
	}
	b = b.Scope("flatten")
	if x.Dims() < 2 {
		return b.Failf("got input of shape %v, want (batch, ...)", x.Shape())
	}
	shape := x.Shape()
	return b.Check(gorgonia.Reshape(x, []int{shape[0], shape.TotalSize() / shape[0]}))
}

var _ Layer = Flatten{}
