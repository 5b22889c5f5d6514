package graph

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// An adoption looks for layers in the forward part of a graph.
type adoption struct {
	loss       *gorgonia.Node
	learnables []*gorgonia.Node

	order   []*gorgonia.Node                    // the forward part, each node behind what it is computed from
	readers map[*gorgonia.Node][]*gorgonia.Node // who reads a node's value, not just its shape
	origin  map[*gorgonia.Node]origin

	ends    map[*gorgonia.Node]*adopted // the layers that are open, by the node they have been followed to
	owner   map[*gorgonia.Node]*adopted // the layer of a node
	deepest map[*gorgonia.Node]*adopted // the deepest layer that a node is computed from
	uses    map[*gorgonia.Node]*use     // of learnables

	layers []*adopted
	blocks []*adoptedBlock
}

// An origin is what a node is computed from.
type origin int

const (
	constant  origin = iota // neither learnables nor samples
	parameter               // learnables, but no samples
	sample                  // inputs that are no learnables
)

func newAdoption(loss *gorgonia.Node, learnables []*gorgonia.Node) *adoption {
	a := &adoption{
		loss: loss, learnables: learnables,
		readers: make(map[*gorgonia.Node][]*gorgonia.Node), origin: make(map[*gorgonia.Node]origin),
		ends: make(map[*gorgonia.Node]*adopted), owner: make(map[*gorgonia.Node]*adopted),
		deepest: make(map[*gorgonia.Node]*adopted), uses: make(map[*gorgonia.Node]*use),
	}
	for _, n := range learnables {
		a.uses[n] = &use{role: unused}
	}
	a.sort()
	for _, n := range a.order {
		a.origin[n] = a.originOf(n)
	}
	return a
}

func (a *adoption) isLearnable(n *gorgonia.Node) bool { return a.uses[n] != nil }

// sort fills order and readers. It needs no recursion, as deep networks would make it deep.
func (a *adoption) sort() {
	visited := make(map[*gorgonia.Node]bool) // true if all it is computed from has its place
	stack := []*gorgonia.Node{a.loss}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		done, met := visited[n]
		if met {
			stack = stack[:len(stack)-1]
			if !done {
				visited[n], a.order = true, append(a.order, n)
			}
			continue
		}
		visited[n] = false
		from := reads(n)
		for _, child := range slices.Backward(from) {
			a.readers[child] = append(a.readers[child], n)
			if _, met := visited[child]; !met {
				stack = append(stack, child)
			}
		}
	}
}

// reads lists the nodes whose values a node is computed from. A size, or a mask of dropout, takes nothing but the shape.
func reads(n *gorgonia.Node) []*gorgonia.Node {
	if typeName(n) == "gorgonia.sizeOp" {
		return nil
	}
	if o, ours := n.Op().(*op.Op); ours && o.Random() {
		return nil
	}
	return Children(n)
}

func (a *adoption) originOf(n *gorgonia.Node) origin {
	switch from := reads(n); {
	case a.isLearnable(n):
		return parameter
	case n.Op() == nil:
		return sample
	case len(from) == 0:
		return constant
	default:
		most := constant
		for _, child := range from {
			most = max(most, a.origin[child])
		}
		if m, ok := a.linearMap(n); ok && a.origin[m.data] == constant {
			return sample // samples that are constants
		}
		return most
	}
}

// learnablesOf lists those that a parameter is computed from, in the graph's order.
func (a *adoption) learnablesOf(n *gorgonia.Node) (list []*gorgonia.Node) {
	seen := map[*gorgonia.Node]bool{}
	var visit func(*gorgonia.Node)
	visit = func(n *gorgonia.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if a.isLearnable(n) {
			list = append(list, n)
		}
		for _, child := range reads(n) {
			visit(child)
		}
	}
	visit(n)
	return list
}

// A linearMap is a product of a weight and samples.
type linearMap struct {
	weight, data, bias *gorgonia.Node // no bias is nil
	unitAxis           int            // of the product, see LayerTrace
	fanIn              int            // products that are summed; 0 in a lookup
}

// linearMap tells whether a node is one. It needs the origins of what the node is computed from.
func (a *adoption) linearMap(n *gorgonia.Node) (m linearMap, ok bool) {
	p, ok := productOf(n)
	if !ok {
		return m, false
	}
	from := reads(n)
	left, right := from[0], from[1]
	switch {
	case a.isWeight(right, left) && p.right:
		m = linearMap{weight: right, data: left, unitAxis: p.rightAxis, fanIn: p.inner}
	case a.isWeight(left, right):
		m = linearMap{weight: left, data: right, unitAxis: p.leftAxis, fanIn: p.inner}
	default:
		return m, false
	}
	if len(from) > 2 {
		m.bias = from[2]
	}
	return m, true
}

// isWeight tells whether the product of two nodes is one of a weight and samples.
func (a *adoption) isWeight(weight, data *gorgonia.Node) bool {
	return a.origin[weight] == parameter && (a.origin[data] == sample || a.origin[data] == constant && !data.IsScalar())
}

// A use is what a learnable was met as.
type use struct {
	layers []*adopted // those it is used in
	role   Role       // in the first place it was met in
}

// unused is the role of a learnable that has not been met.
const unused Role = -1

// first is the use in the layer nearest to the samples; nil if there is none.
func (u *use) first() (nearest *adopted) {
	for _, l := range u.layers {
		if nearest == nil || l.final().Depth < nearest.final().Depth {
			nearest = l
		}
	}
	return nearest
}

// note records that learnables are used in a layer, or outside of all layers.
func (a *adoption) note(l *adopted, role Role, parameter *gorgonia.Node) {
	for _, n := range a.learnablesOf(parameter) {
		u := a.uses[n]
		if u.role == unused {
			u.role = role
		}
		if l != nil {
			u.layers = append(u.layers, l)
		}
	}
}

// moveAxis finds an axis, counted back from the last, in another shape of the same elements; false if it is not there any
// more.
func moveAxis(axis int, from, to tensor.Shape) (int, bool) {
	if axis < 0 || axis >= len(from) {
		return axis, axis < 0
	}
	at := len(from) - 1 - axis
	inner := 1
	for _, n := range from[at+1:] {
		inner *= n
	}
	below := 1
	for i := range to {
		size := to[len(to)-1-i]
		if size == from[at] && below == inner {
			return i, true
		}
		below *= size
	}
	return axis, false
}
