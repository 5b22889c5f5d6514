package graph

import (
	"cmp"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// A LayerTrace is one weighted layer, as found in the graph: the linear map z = x·w + b, the normalisation after it if there
// is one, the sum with a skip if it ends a residual block, and the activation. Package structure tells how layers are found.
type LayerTrace struct {
	Path  string // of the linear map, as "block3/dense1"
	Depth int    // 1 for the layer next to the input; a projection on a skip has the depth of the layer it meets
	In    int    // products that are summed in each unit; 0 for a lookup

	Step      int  // from 1, if the weight is used at several steps: each is a layer of one path
	Recurrent bool // whether these steps depend on earlier ones
	Steps     int  // of a layer in the step of a [Recurrence]: the number of steps that its nodes are computed in, see [machine.Machine.TapSteps]
	// FirstRecurrent is set if Recurrent is, and no other recurrent layer comes before this one on the ways from the inputs.
	FirstRecurrent bool
	// Stacked is set if Recurrent is, and the steps are depth and not time: later ones read no new data.
	Stacked bool

	Linear *gorgonia.Node // z = x·w + b, or x·w
	// Pre is the pre-activation: what the activation reads, after the normalisation and after the sum of a residual block.
	// Without an activation it is the last node of the layer.
	Pre *gorgonia.Node
	Act *gorgonia.Node // the activation's output; nil if there is none

	Activation Activation         // meaningful if Act is not nil
	Norm       structure.NormKind // between Linear and Pre
	OnSkip     bool               // beside the path from input to output, not on it: a projection on a skip

	// UnitAxis is the axis of Pre that the units lie along, counted back from the last: 0 in (batch, units), 1 in
	// (units, batch), 2 in (batch, channels, height, width); -1 if all of Pre is one unit's.
	UnitAxis int
}

// Units is the width of the layer, and the stride in Pre from one unit to the next.
func (l *LayerTrace) Units() (units, stride int) {
	shape := l.Pre.Shape()
	if l.UnitAxis < 0 || l.UnitAxis >= len(shape) {
		return 1, max(1, shape.TotalSize())
	}
	at := len(shape) - 1 - l.UnitAxis
	return shape[at], max(1, shape[at:].TotalSize()/shape[at])
}

// A BlockTrace is one residual block: sum = skip + branch, where the skip is the input itself, its projection, or the input with
// channels of zeros.
type BlockTrace struct {
	Path              string
	Input             *gorgonia.Node // the node that skip and branch read
	Skip, Branch, Sum *gorgonia.Node // Skip is nil, and Sum the branch, in a block whose skip was removed

	Scale       float64 // of the branch, which Branch includes
	First, Last int     // indices in Program.Layers of the branch's first and last weighted layer; Last < First if it has none
}

// trace lists the layers and blocks of the structure. Blocks whose skip was removed cannot be found in the graph, so
// the builder passes them on. A block that reads the network's input has no gradient there, and is left out.
func (p *Program) trace(removed []*BlockTrace) {
	for _, l := range p.network.Layers {
		p.Layers = append(p.Layers, traceOf(l))
	}
	for _, s := range p.network.Sequences {
		for _, at := range s.Layers {
			p.Layers[at].Recurrent, p.Layers[at].FirstRecurrent, p.Layers[at].Stacked = s.Recurrent, s.First, s.Stacked
		}
	}
	differentiated := p.Loss != nil && p.Loss.Deriv() != nil
	for _, b := range p.network.Blocks {
		isSum := b.Kind == structure.Identity && (b.Skip == b.Input || op.SpecOf(b.Skip).Kind == op.KindPad) || b.Kind == structure.Projection
		if isSum && (!differentiated || b.Input.Deriv() != nil) {
			p.Blocks = append(p.Blocks, &BlockTrace{
				Path: b.Path, Input: b.Input, Skip: b.Skip, Branch: b.Branch, Sum: b.Sum, Scale: b.Scale,
				First: b.Layers[0], Last: b.Layers[len(b.Layers)-1],
			})
		}
	}
	for _, b := range removed {
		b.First, b.Last = p.layersIn(b.Path)
		p.Blocks = append(p.Blocks, b)
	}
	if len(removed) > 0 {
		slices.SortStableFunc(p.Blocks, func(a, b *BlockTrace) int { return cmp.Compare(a.Sum.ID(), b.Sum.ID()) })
	}
}

func traceOf(l *structure.Layer) *LayerTrace {
	t := &LayerTrace{
		Path: l.Path, Depth: l.Depth, In: l.In(), Step: l.Step, Steps: l.Steps, Linear: l.Maps[0].Node, Pre: l.Pre, Act: l.Act, Norm: l.Norm, OnSkip: l.OnSkip,
		UnitAxis: l.UnitAxis,
	}
	if l.Act != nil {
		t.Activation = ActivationOf(l.Activation, l.Alpha)
	}
	return t
}

// layersIn gives the first and the last layer that were drawn in a scope, by their names.
func (p *Program) layersIn(scope string) (first, last int) {
	first, last = len(p.Layers), -1
	for i, l := range p.Layers {
		if strings.HasPrefix(l.Path, scope+"/") {
			first, last = min(first, i), i
		}
	}
	return first, last
}

// placeParameters sets the depth and the layer of each parameter. A weight or a bias belongs to the layer that was found; any
// other parameter belongs to the scope that declared it. Running statistics take the depth of their scope's other parameters.
func (p *Program) placeParameters() {
	found := make(map[*gorgonia.Node]*structure.Parameter, len(p.network.Parameters))
	for _, u := range p.network.Parameters {
		found[u.Node] = u
	}
	depths := make(map[string]int)
	for _, w := range p.Weights {
		u := found[w.Node]
		if u == nil {
			w.Depth = depths[w.Layer]
			continue
		}
		w.Depth, depths[w.Layer] = u.Depth, u.Depth
		if w.Units.Count == 0 && u.Units.Count > 0 { // otherwise another program may be reading them
			w.Units = u.Units
		}
		if len(u.Layers) > 0 && (u.Role == structure.Weight || u.Role == structure.Bias) {
			w.Layer = p.network.Layers[u.Layers[0]].Path
		}
	}
}
