package structure

import "github.com/gradflow/gradflow/graph/op"

// isStacked reports whether the layers of a group apply one map again and again to what the first of them reads: they are a stack over
// depth that shares its weights. In a recurrent layer new data enters at later steps, as another slice of the sequence or another input.
// The first step may read less than the others, as where a fixed point is sought from zeros, if there are others.
func (f *finder) isStacked(g *group) bool {
	first := g.layers[0]
	if g.recurrent < 0 || g.carried || first.frame != nil || first.fused() || first.linearSteps > 0 {
		return false
	}
	last := g.layers[len(g.layers)-1]
	before := make([]bool, len(f.nodes)) // the nodes that an early layer is computed from
	f.mark(before, g.layers[max(0, min(1, len(g.layers)-2))])
	after := make([]bool, len(f.nodes)) // the nodes that are computed from it
	for _, p := range first.maps {
		after[p.node] = true
	}
	for n := range f.nodes {
		for _, k := range f.reads[n] {
			after[n] = after[n] || after[k]
		}
	}
	read := make([]bool, len(f.nodes))
	f.mark(read, last)
	for n := range f.nodes {
		isNew := read[n] && !before[n] && !after[n] && f.origins[n] == sample
		if kind := f.specs[n].Kind; isNew && (kind == op.KindInput || kind == op.KindSlice || kind == op.KindPart) {
			return false
		}
	}
	return true
}

// mark marks the nodes that the maps of a layer are computed from, with the maps.
func (f *finder) mark(marked []bool, l *layer) {
	for _, p := range l.maps {
		marked[p.node] = true
	}
	for n := len(f.nodes) - 1; n >= 0; n-- {
		if !marked[n] {
			continue
		}
		for _, k := range f.reads[n] {
			marked[k] = true
		}
	}
}
