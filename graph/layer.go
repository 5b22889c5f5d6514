package graph

import "gorgonia.org/gorgonia"

// A Layer draws itself on the graph after x and returns its output node. A layer keeps no state: its parameters
// live in the builder's Params, under the builder's path.
//
// It may read inputs of the program beside x by [Builder.Input], and add outputs to it by [Builder.Output].
//
// A layer that cannot be drawn calls [Builder.Failf] with the reason; [Build] returns that error.
type Layer interface {
	Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node
}

// A Model is the outermost layer: any value that can draw itself.
type Model = Layer

// LayerFunc makes a layer of a function.
type LayerFunc func(b *Builder, x *gorgonia.Node) *gorgonia.Node

// Apply calls the function.
func (f LayerFunc) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if f == nil {
		return b.Failf("got a nil LayerFunc, want a function")
	}
	return f(b, x)
}

// Sequential is a stack of layers, each fed by the one before.
type Sequential []Layer

// Apply draws the layers in order.
func (s Sequential) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	for i, layer := range s {
		if layer == nil {
			return b.Failf("Sequential holds a nil layer at index %d", i)
		}
		if x = layer.Apply(b, x); x == nil {
			return b.Failf("layer %d of Sequential, a %T, gave no output node", i, layer)
		}
	}
	return x
}

// Named puts a layer into a scope of the given name, so that its parameters are called name/...
func Named(name string, layer Layer) Layer {
	return LayerFunc(func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		b = b.ScopeAs(name)
		if layer == nil {
			return b.Failf("Named holds a nil layer")
		}
		return layer.Apply(b, x)
	})
}

var (
	_ Layer = Sequential(nil)
	_ Layer = LayerFunc(nil)
)
