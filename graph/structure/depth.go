package structure

import "slices"

// findDepths gives each layer its depth, and each layer of a recurrent group its step. It also gives the time of each node:
// the largest step that it depends on.
func (f *finder) findDepths(recurrent int) (times []int) {
	f.depth, times = make([]int, len(f.nodes)), make([]int, len(f.nodes))
	steps := make([][]int, len(f.nodes)) // the last step that a node depends on, by recurrent group; nodes share slices
	for n := range f.nodes {
		for _, k := range f.reads[n] {
			f.depth[n], times[n] = max(f.depth[n], f.depth[k]), max(times[n], times[k])
			steps[n] = latest(steps[n], steps[k])
		}
		l := f.mapOf[n].final()
		if l == nil {
			continue
		}
		f.depth[n]++
		if g := l.group; g.recurrent >= 0 {
			next := make([]int, recurrent)
			copy(next, steps[n])
			if next[g.recurrent] > 0 {
				f.depth[n] = g.depth
			}
			next[g.recurrent]++
			steps[n], g.depth = next, max(g.depth, f.depth[n])
			l.step = max(l.step, next[g.recurrent])
			times[n] = max(times[n], l.step)
		}
		if l.group.carried {
			times[n] = max(times[n], l.step)
		}
		l.depth = max(l.depth, f.depth[n])
	}
	for _, l := range f.layers {
		if l.block != nil {
			l.depth = f.depth[l.block.branch]
		}
	}
	return times
}

// latest is the larger step in each group. It does not change the lists.
func latest(a, b []int) []int {
	if a == nil || len(b) > 0 && &a[0] == &b[0] {
		return b
	}
	var both []int // nil as long as no step of b is later
	for i := range b {
		if b[i] > a[i] && both == nil {
			both = slices.Clone(a)
		}
		if both != nil {
			both[i] = max(a[i], b[i])
		}
	}
	if both == nil {
		return a
	}
	return both
}
