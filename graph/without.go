package graph

import (
	"maps"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"
)

// Without is a model without some of its residual blocks, which are named by their paths, such as "layer1/block2": of each only the
// skip is left, with its projection if it has one, and of a block of a plain twin nothing (Veit et al. 2016). The others keep their
// paths, and so their parameters. It is for evaluation: in training the parameters of the blocks would get no gradient. A block of a
// plain twin that changes the shape cannot be left out.
func Without(model Model, blocks ...string) Model {
	return LayerFunc(func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		for _, path := range blocks {
			if b.without == nil {
				b.without = make(map[string]bool)
			}
			b.without[path] = false
		}
		y := model.Apply(b, x)
		for _, path := range slices.Sorted(maps.Keys(b.without)) {
			if !b.without[path] {
				return b.Failf("left out: got block %q, want the path of a residual block: %s", path, strings.Join(b.blocks, ", "))
			}
		}
		return y
	})
}

// leftOut tells whether the block of this scope is to be left out.
func (b *Builder) leftOut() bool {
	b.blocks = append(b.blocks, b.path)
	_, out := b.without[b.path]
	if out {
		b.without[b.path] = true
	}
	return out
}
