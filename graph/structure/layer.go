package structure

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A layer is a [Layer] while the structure is being found. Nodes are positions in the flow.
type layer struct {
	maps              []product // the first alone until joinSteps
	merged            []*layer  // whose maps are added
	end, axis         int       // the last node of the layer so far, and the axis of the units there
	pre, preAxis      int
	act               int // -1 if there is none
	activation        op.Activation
	alpha             float64
	norm              NormKind
	bias, gain, shift []*gorgonia.Node
	level             int
	into              *layer // the layer that this one was merged into; nil if it was not
	block             *block // the block whose projection this is

	steps   int     // of a recurrence that one operation computes; 0 of others
	cell    op.Cell // of such a recurrence
	reverse bool    // whether it runs from the end to the start

	linearSteps int // of a linear recurrence that one operation computes; 0 of others

	depth, step int
	frame       *frame // of the first map
	group       *group
	index       int // in Network.Layers
}

// final is the layer that this one was merged into in the end, or itself.
func (l *layer) final() *layer {
	for l != nil && l.into != nil {
		if l.into.into != nil {
			l.into = l.into.into
		}
		l = l.into
	}
	return l
}

// linear begins a layer with a linear map.
func (f *finder) linear(n int) bool {
	p, ok := f.productAt(n)
	if !ok {
		p, ok = f.diagonalAt(n)
	}
	if !ok {
		return false
	}
	f.level[n]++
	l := &layer{maps: []product{p}, end: n, axis: p.unitAxis, pre: n, preAxis: p.unitAxis, act: -1, level: f.level[n]}
	f.layers = append(f.layers, l)
	f.ends[n], f.owner[n], f.mapOf[n] = l, l, l
	f.use(l, Weight, p.weight, n)
	f.noteUnits(p.weight, f.unitsOf(p))
	if p.bias >= 0 {
		l.bias = f.use(l, Bias, p.bias, n)
	}
	return true
}

// open is the layer that ends in x, if x is no output and nothing but the given nodes reads x.
func (f *finder) open(x int, readers ...int) *layer {
	if f.ends[x] == nil || f.outputs[f.nodes[x]] {
		return nil
	}
	for _, r := range f.readers[x] {
		if !slices.Contains(readers, r) {
			return nil
		}
	}
	return f.ends[x]
}

// follow moves the end of a layer to n.
func (f *finder) follow(l *layer, n int) {
	f.ends[l.end] = nil
	l.end = n
	f.ends[n], f.owner[n] = l, l
}

// settle makes the current end of a layer its pre-activation.
func (l *layer) settle() { l.pre, l.preAxis = l.end, l.axis }

// addMaps adds the maps of a layer to a list, those of the layers that were merged into it included.
func (l *layer) addMaps(list []product) []product {
	list = append(list, l.maps...)
	for _, dropped := range l.merged {
		list = dropped.addMaps(list)
	}
	return list
}

// activate ends the layer that an activation reads.
func (f *finder) activate(n int) bool {
	a, ok := f.activationAt(n)
	if !ok {
		return false
	}
	if l := f.open(a.x, append(a.parts, n)...); l != nil {
		f.follow(l, n)
		f.ends[n] = nil
		l.pre, l.preAxis, l.act, l.activation, l.alpha = a.x, l.axis, n, a.kind, a.alpha
	}
	return true
}

// normalise extends a layer by a normalisation.
func (f *finder) normalise(n int) bool {
	found, ok := f.normAt(n)
	if !ok {
		return false
	}
	l := f.open(found.x, append(found.helpers, n)...)
	if l != nil {
		l.norm = found.kindOf(l.axis, len(f.shapes[n]))
		f.follow(l, n)
		l.settle()
	}
	if found.gain >= 0 {
		gain := f.use(l, Gain, found.gain, n)
		if l != nil {
			l.gain = append(l.gain, gain...)
		}
	}
	if found.shift >= 0 {
		shift := f.use(l, Shift, found.shift, n)
		if l != nil {
			l.shift = append(l.shift, shift...)
		}
	}
	return true
}

// combine extends a layer by a parameter or a constant that is added to it or multiplied by it.
func (f *finder) combine(n int) bool {
	kind := f.specs[n].Kind
	if kind != op.KindAdd && kind != op.KindSub && kind != op.KindMul && kind != op.KindDiv {
		return false
	}
	for i, x := range f.reads[n] {
		other := f.reads[n][1-i]
		if f.origins[x] != sample || f.origins[other] == sample || kind == op.KindDiv && i == 1 || f.expands(n, other) {
			continue
		}
		l := f.open(x, n)
		if l == nil {
			return false
		}
		axis, ok := moveAxis(l.axis, f.shapes[x], f.shapes[n])
		if !ok {
			return false
		}
		f.follow(l, n)
		l.axis = axis
		l.settle()
		f.combineParameters(l, other, n)
		return true
	}
	return false
}

// combineParameters notes parameters that are added to a layer or multiplied by it.
func (f *finder) combineParameters(l *layer, other, n int) {
	if f.origins[other] != parameter {
		return
	}
	role := f.roleAt(l, n)
	switch nodes := f.use(l, role, other, n); role {
	case Bias:
		l.bias = append(l.bias, nodes...)
	case Gain:
		l.gain = append(l.gain, nodes...)
	case Shift:
		l.shift = append(l.shift, nodes...)
	}
}

// passOn follows a layer through an operation that keeps its units: one that moves them, or takes some of their values. It does
// not settle the layer, because the operations that follow may not belong to it.
func (f *finder) passOn(n int) bool {
	if !f.keepsUnits(n) {
		return false
	}
	x := f.reads[n][0]
	l := f.open(x, n)
	if l == nil {
		return true
	}
	axis, ok := l.axis, true
	switch spec := f.specs[n]; spec.Kind {
	case op.KindReshape:
		axis, ok = moveAxis(axis, f.shapes[x], f.shapes[n])
	case op.KindTranspose:
		axis = transposedAxis(axis, spec.Axes)
	case op.KindPool: // a global one has no axes after the channels
		axis -= len(f.shapes[x]) - len(f.shapes[n])
	}
	if ok {
		f.follow(l, n)
		l.axis = axis
	}
	return true
}

// keepsUnits reports whether a node rearranges, pools, pads, masks, scales or rotates its operand.
func (f *finder) keepsUnits(n int) bool {
	switch f.specs[n].Kind {
	case op.KindReshape, op.KindTranspose, op.KindPool, op.KindPad, op.KindDropout, op.KindScale, op.KindNeg, op.KindRotate:
		return true
	}
	return false
}
