package structure

import (
	"cmp"
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// A span is the steps of a group, counted from 1, that a node was computed by without a linear map in between; none if first
// is 0.
type span struct {
	first, last int
	isSum       bool // the node only adds, concatenates or moves the steps
}

// minCarried is the smallest number of steps that make a recurrence without a weight: two towers that are added look the same.
const minCarried = 3

// findCarried finds the groups whose steps depend on earlier ones by a state that no weight carries, as in a leaky integrator
// or a simple recurrent unit: each step changes the state and adds its result.
func (f *finder) findCarried(several []*group) {
	spans := make([]span, len(f.nodes))
	for _, g := range several {
		if g.recurrent >= 0 || len(g.layers) < minCarried {
			continue
		}
		slices.SortFunc(g.layers, func(a, b *layer) int { return cmp.Compare(firstMap(a), firstMap(b)) })
		forward, backward := f.joinedInOrder(g, spans)
		if !forward && !backward {
			continue
		}
		if !forward {
			slices.Reverse(g.layers)
		}
		for i, l := range g.layers {
			l.step = i + 1
		}
		g.carried = true
	}
}

// firstMap is the node of the map of a layer that was drawn first.
func firstMap(l *layer) int {
	return slices.MinFunc(l.maps, func(a, b product) int { return a.node - b.node }).node
}

// joinedInOrder reports whether each step joins a state that was computed by all steps before it, and whether by all after it.
func (f *finder) joinedInOrder(g *group, spans []span) (forward, backward bool) {
	steps := len(g.layers)
	var nodes []int
	for i, l := range g.layers {
		for _, p := range l.maps {
			spans[p.node] = span{first: i + 1, last: i + 1}
			nodes = append(nodes, p.node)
		}
	}
	nodes = f.computedFrom(nodes)
	fromFirst, fromLast := make([]bool, steps+1), make([]bool, steps+1)
	for _, n := range nodes {
		a, b, isJoin := f.spanAt(n, spans)
		if !isJoin || b.first != a.last+1 {
			continue
		}
		if a.first == 1 && b.first == b.last && !a.isSum {
			fromFirst[b.first] = true
		}
		if b.last == steps && a.first == a.last && !b.isSum {
			fromLast[a.first] = true
		}
	}
	for _, n := range nodes {
		spans[n] = span{}
	}
	return !slices.Contains(fromFirst[2:], false), !slices.Contains(fromLast[1:steps], false)
}

// computedFrom lists maps and the nodes that are computed from them without another map in between, in order.
func (f *finder) computedFrom(maps []int) (list []int) {
	f.walks++
	list = slices.Clone(maps)
	for i := 0; i < len(list); i++ {
		for _, r := range f.readers[list[i]] {
			if f.mapOf[r] == nil && len(f.shapes[r]) > 0 && f.visited[r] != f.walks { // a state is no scalar, a loss is one
				f.visited[r] = f.walks
				list = append(list, r)
			}
		}
	}
	slices.Sort(list)
	return list
}

// spanAt sets the span of a node unless it is a map. If the node joins two spans, the function returns them in order.
func (f *finder) spanAt(n int, spans []span) (a, b span, isJoin bool) {
	if spans[n].first > 0 {
		return a, b, false
	}
	kind := f.specs[n].Kind
	isSum := kind == op.KindAdd || kind == op.KindConcat || kind == op.KindReshape || kind == op.KindTranspose
	var parts []span // none contains another
	for _, k := range f.reads[n] {
		s := spans[k]
		if s.first == 0 || slices.ContainsFunc(parts, s.isIn) {
			continue
		}
		parts = append(slices.DeleteFunc(parts, func(t span) bool { return t.isIn(s) }), s)
	}
	slices.SortFunc(parts, func(a, b span) int { return a.first - b.first })
	whole := span{parts[0].first, parts[0].last, isSum && parts[0].isSum}
	for _, s := range parts[1:] {
		whole.last, whole.isSum = s.last, isSum
	}
	if spans[n] = whole; len(parts) == 2 {
		return parts[0], parts[1], true
	}
	return a, b, false
}

// isIn reports whether a span is part of another.
func (s span) isIn(other span) bool { return other.first <= s.first && s.last <= other.last }
