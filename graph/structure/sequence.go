package structure

import (
	"cmp"
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// A group is the layers that use the same weights in the same way.
type group struct {
	into      *group   // the group that this one was joined to
	first     int      // position of the first map
	layers    []*layer // by step
	id        int      // number among the groups of several layers, from 0; -1 in others
	recurrent int      // number among the groups with a layer that depends on another of them, from 0; -1 in others
	depth     int      // of the first step of a recurrent group
	carried   bool     // whether a layer depends on another of them by a state that no weight carries
}

// final is the group that this one was joined to in the end, or itself.
func (g *group) final() *group {
	for g.into != nil {
		if g.into.into != nil {
			g.into = g.into.into
		}
		g = g.into
	}
	return g
}

// A usage is a weight and the way in which a map uses it. Other slices of a weight, or its transpose, are other usages.
type usage struct {
	weight     int
	transposed bool
	kind       op.Kind
}

// groupLayers joins the layers that have a usage in common. It returns the groups of several layers.
func (f *finder) groupLayers() (several []*group) {
	byUsage := make(map[usage]*group)
	for _, l := range f.layers {
		l.group = &group{id: -1, recurrent: -1}
		for _, p := range l.maps {
			u := usage{p.weight, p.transposed, f.specs[p.node].Kind}
			if other := byUsage[u]; other != nil && other.final() != l.group {
				other.final().into = l.group
			}
			byUsage[u] = l.group
		}
	}
	for _, l := range f.layers {
		l.group = l.group.final()
		if l.group.layers = append(l.group.layers, l); len(l.group.layers) == 1 {
			l.group.first = firstMap(l)
		}
	}
	for _, l := range f.layers {
		if g := l.group; len(g.layers) > 1 && g.id < 0 {
			g.id = len(several)
			several = append(several, g)
		}
	}
	return several
}

// joinSteps finds the sequences, and from them the depth of each layer.
func (f *finder) joinSteps() {
	f.layers = slices.DeleteFunc(f.layers, func(l *layer) bool { return l.into != nil })
	for _, l := range f.layers {
		l.maps = l.addMaps(nil)
	}
	several := f.groupLayers()
	recurrent := f.findRecurrent(several)
	f.findCarried(several)
	times := f.findDepths(recurrent)
	for _, g := range several {
		if g.recurrent < 0 && !g.carried { // steps that do not depend on each other are sorted by the time of their data
			slices.SortStableFunc(g.layers, func(a, b *layer) int { return cmp.Compare(times[a.maps[0].node], times[b.maps[0].node]) })
			for i, l := range g.layers {
				l.step = i + 1
			}
		}
		slices.SortStableFunc(g.layers, func(a, b *layer) int { return cmp.Compare(a.step, b.step) })
	}
}

// findRecurrent marks the groups with a layer that depends on another of them, and counts them.
func (f *finder) findRecurrent(several []*group) (count int) {
	if len(several) == 0 {
		return 0
	}
	before := make([][]uint64, len(f.nodes)) // the groups that a node was computed by, a bit each; nodes share slices
	for n := range f.nodes {
		for _, k := range f.reads[n] {
			before[n] = union(before[n], before[k])
		}
		l := f.mapOf[n].final()
		if l == nil || l.group.id < 0 {
			continue
		}
		word, bit := l.group.id/64, uint64(1)<<(l.group.id%64)
		if before[n] != nil && before[n][word]&bit != 0 {
			if l.group.recurrent < 0 {
				l.group.recurrent = count
				count++
			}
			continue
		}
		set := make([]uint64, (len(several)+63)/64)
		copy(set, before[n])
		set[word] |= bit
		before[n] = set
	}
	return count
}

// union is the union of two sets, which are not changed.
func union(a, b []uint64) []uint64 {
	if a == nil || len(b) > 0 && &a[0] == &b[0] {
		return b
	}
	var both []uint64 // nil as long as a has all of b
	for i := range b {
		if b[i]&^a[i] != 0 && both == nil {
			both = slices.Clone(a)
		}
		if both != nil {
			both[i] = a[i] | b[i]
		}
	}
	if both == nil {
		return a
	}
	return both
}
