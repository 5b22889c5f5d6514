package graph

import "gorgonia.org/gorgonia"

// A LayerTrace is one weighted layer as it was drawn: the linear map z = x·w + b, the normalisation behind it if there
// is one, the sum with a skip if it ends a residual block, and the activation. Whoever watches a network reads the
// traces; nobody has to register hooks by hand.
type LayerTrace struct {
	Path  string // of the linear map, as "block3/dense1"
	Depth int    // 1 for the layer next to the input; a projection on a skip has the depth of the layer it meets

	Linear *gorgonia.Node // z = x·w + b
	// Pre is the pre-activation: what the activation reads, so behind the normalisation and behind the sum of a residual
	// block. Without an activation it is the linear map's output, or the block's.
	Pre *gorgonia.Node
	Act *gorgonia.Node // the activation's output; nil if there is none

	Activation Activation // meaningful if Act is not nil
	Norm       Norm       // between Linear and Pre
	OnSkip     bool       // beside the path from input to output, not on it: a projection on a skip

	// UnitAxis is the axis of Pre that the units lie along, counted back from the last: 0 in (batch, units), 1 in
	// (units, batch), 2 in (batch, channels, height, width); -1 if all of Pre is one unit's. Other than 0 it is only in
	// programs made by [Adopt].
	UnitAxis int
}

// Units is the width of the layer, and how many elements of Pre lie between one unit and the next.
func (l *LayerTrace) Units() (units, stride int) {
	shape := l.Pre.Shape()
	if l.UnitAxis < 0 || l.UnitAxis >= len(shape) {
		return 1, max(1, shape.TotalSize())
	}
	at := len(shape) - 1 - l.UnitAxis
	return shape[at], max(1, shape[at:].TotalSize()/shape[at])
}

// A BlockTrace is one residual block as it was drawn: sum = skip + branch.
type BlockTrace struct {
	Path              string
	Input             *gorgonia.Node // what skip and branch read
	Skip, Branch, Sum *gorgonia.Node // Skip is nil, and Sum the branch, in a block whose skip was removed

	Scale       float64 // of the branch, which Branch includes
	First, Last int     // indices in Program.Layers of the branch's first and last weighted layer; Last < First if it has none
}

// trace records layers in forward order while a model draws itself.
type trace struct {
	layers []*LayerTrace
	blocks []*BlockTrace
	depth  int
	// ends finds the layer whose output so far is a node. A layer is closed by its activation.
	ends map[*gorgonia.Node]*LayerTrace
}

func newTrace() *trace { return &trace{ends: make(map[*gorgonia.Node]*LayerTrace)} }

// deepen counts one more layer on the way from input to output.
func (t *trace) deepen() { t.depth++ }

// linear begins a layer with its linear map.
func (t *trace) linear(path string, z *gorgonia.Node) {
	layer := &LayerTrace{Path: path, Depth: t.depth, Linear: z, Pre: z}
	t.layers = append(t.layers, layer)
	t.ends[z] = layer
}

// extend moves the end of the layer that ends in x to y.
func (t *trace) extend(x, y *gorgonia.Node) {
	layer := t.ends[x]
	if layer == nil {
		return
	}
	delete(t.ends, x)
	layer.Pre = y
	t.ends[y] = layer
}

// normalize extends the layer that ends in x by a normalisation.
func (t *trace) normalize(x, y *gorgonia.Node, n Norm) {
	if layer := t.ends[x]; layer != nil {
		layer.Norm = n
		t.extend(x, y)
	}
}

// activate closes the layer that ends in x.
func (t *trace) activate(x, y *gorgonia.Node, a Activation) {
	layer := t.ends[x]
	if layer == nil {
		return
	}
	delete(t.ends, x)
	layer.Act, layer.Activation = y, a
}

// close ends the layer that ends in x without an activation.
func (t *trace) close(x *gorgonia.Node) { delete(t.ends, x) }
