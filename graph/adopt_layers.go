package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// An adopted layer is one that was found.
type adopted struct {
	LayerTrace
	weight, data *gorgonia.Node // of the linear map: the parameter, and what is multiplied by it
	fan          Fan
	end          *gorgonia.Node // how far the layer has been followed; Pre may lie before
	axis         int            // the units of end
	below        *adopted       // the deepest layer that data is computed from
	into         *adopted       // the layer that this one turned out to be a part of
	level        int            // layers from the samples to here
	path         bool           // whether it lies on the path from input to output
}

// final is the layer that this one is a part of in the end. Of nil it is nil.
func (l *adopted) final() *adopted {
	for l != nil && l.into != nil {
		l = l.into
	}
	return l
}

// onPath is the depth of a layer on the path; 0 beside it, and of nil.
func (l *adopted) onPath() int {
	if l == nil || !l.path {
		return 0
	}
	return l.Depth
}

// findLayers goes through the graph in forward order, and knows which layers are open at each node.
func (a *adoption) findLayers() {
	for _, n := range a.order {
		a.deepest[n] = a.deepestOf(reads(n))
		if a.origin[n] != sample {
			continue
		}
		_ = a.linear(n) || a.activation(n) || a.normalisation(n) || a.sum(n) || a.withParameter(n) || a.passOn(n)
	}
}

// deepestOf is the deepest layer below some nodes; of several the first.
func (a *adoption) deepestOf(nodes []*gorgonia.Node) (deepest *adopted) {
	for _, n := range nodes {
		if l := a.deepest[n].final(); l != nil && (deepest == nil || l.level > deepest.level) {
			deepest = l
		}
	}
	return deepest
}

// linear begins a layer with a linear map.
func (a *adoption) linear(n *gorgonia.Node) bool {
	m, ok := a.linearMap(n)
	if !ok {
		return false
	}
	l := &adopted{weight: m.weight, data: m.data, end: n, axis: m.unitAxis, below: a.deepest[m.data].final(), level: 1}
	if l.below != nil {
		l.level = l.below.level + 1
	}
	l.Linear, l.Pre, l.UnitAxis = n, n, m.unitAxis
	a.layers = append(a.layers, l)
	a.ends[n], a.owner[n], a.deepest[n] = l, l, l
	units, _ := l.Units()
	l.fan = Fan{In: m.fanIn, Out: units}
	a.note(l, Weight, m.weight)
	if m.bias != nil {
		a.note(l, Bias, m.bias)
	}
	return true
}

// open is the layer that ends in x, if nothing but the given nodes reads x.
func (a *adoption) open(x *gorgonia.Node, readers ...*gorgonia.Node) *adopted {
	for _, r := range a.readers[x] {
		if !slices.Contains(readers, r) {
			return nil
		}
	}
	return a.ends[x]
}

// follow moves the end of a layer to y.
func (a *adoption) follow(l *adopted, y *gorgonia.Node) {
	delete(a.ends, l.end)
	l.end = y
	a.ends[y], a.owner[y] = l, l
}

// settle makes the end of a layer its pre-activation, whatever comes.
func (l *adopted) settle() { l.Pre, l.UnitAxis = l.end, l.axis }

// activation ends the layer that the activation reads.
func (a *adoption) activation(n *gorgonia.Node) bool {
	x, f, parts, ok := activationOf(n)
	if !ok {
		return false
	}
	if l := a.open(x, append(parts, n)...); l != nil {
		a.follow(l, n)
		delete(a.ends, n)
		l.Pre, l.UnitAxis, l.Act, l.Activation = x, l.axis, n, f
	}
	return true
}

// normalisation extends a layer.
func (a *adoption) normalisation(n *gorgonia.Node) bool {
	kind, helpers, ok := isNorm(n)
	if !ok {
		return false
	}
	from := reads(n)
	l := a.open(from[0], append(helpers, n)...)
	if l != nil {
		a.follow(l, n)
		l.settle()
		l.Norm = kind
	}
	if len(from) == 5 {
		a.note(l, Gain, from[3])
		a.note(l, Shift, from[4])
	}
	return true
}

// withParameter extends a layer by a bias, or whatever else of learnables and constants is combined with it.
func (a *adoption) withParameter(n *gorgonia.Node) bool {
	sign := elementwiseOf(n)
	if !slices.Contains([]string{"+", "-", "⊙", "÷"}, sign) {
		return false
	}
	from := reads(n)
	for i, x := range from {
		other := from[1-i]
		if a.origin[other] == sample || sign == "÷" && i == 1 {
			continue
		}
		l := a.open(x, n)
		a.note(l, l.roleOf(sign), other)
		if l == nil {
			continue
		}
		axis, ok := moveAxis(l.axis, x.Shape(), n.Shape())
		if !ok {
			continue
		}
		a.follow(l, n)
		l.axis = axis
		l.settle()
		return true
	}
	return false
}

// roleOf is what a learnable is for that is combined with the layer, or with no layer.
func (l *adopted) roleOf(sign string) Role {
	switch {
	case sign == "⊙" || sign == "÷":
		return Gain
	case l != nil && l.Norm != NoNorm:
		return Shift
	}
	return Bias
}

// passOn follows a layer through what keeps its units. It settles nothing: what follows may not belong to the layer.
func (a *adoption) passOn(n *gorgonia.Node) bool {
	if !passesOn(n) {
		return false
	}
	x := reads(n)[0]
	l := a.open(x, n)
	if l == nil {
		return true
	}
	axis, ok := l.axis, true
	switch typeName(n) {
	case "gorgonia.reshapeOp":
		axis, ok = moveAxis(axis, x.Shape(), n.Shape())
	case "gorgonia.transposeOp":
		axis = transposedAxis(axis, n)
	}
	if ok {
		a.follow(l, n)
		l.axis = axis
	}
	return true
}

// transposedAxis is where an axis, counted back from the last, comes to lie: the text tells the order, as "Aᵀ{0, 3, 1, 2}".
func transposedAxis(axis int, n *gorgonia.Node) int {
	order := integers(opText(n))
	for i, from := range order {
		if len(order)-1-from == axis {
			return len(order) - 1 - i
		}
	}
	return axis
}
