package structure

// Dominators give for each node the nearest node that all data to it passes through. Nodes are added in order. The tree has a root
// above all inputs, at position -1.
//
// Each node keeps its parent and a jump to a node farther up. Finding an ancestor takes logarithmic time.
type dominators struct{ parent, jump, depth []int } // by position + 1

func newDominators(size int) *dominators {
	return &dominators{parent: make([]int, size+1), jump: make([]int, size+1), depth: make([]int, size+1)}
}

// add hangs a node below another, or below the root.
func (d *dominators) add(n, below int) {
	n, below = n+1, below+1
	d.parent[n], d.depth[n], d.jump[n] = below, d.depth[below]+1, below
	if j := d.jump[below]; d.depth[below]-d.depth[j] == d.depth[j]-d.depth[d.jump[j]] {
		d.jump[n] = d.jump[j]
	}
}

// common is the nearest node that the data to both a and b passes through, which may be one of them; -1 if there is none.
func (d *dominators) common(a, b int) int {
	a, b = a+1, b+1
	if d.depth[a] < d.depth[b] {
		a, b = b, a
	}
	for d.depth[a] > d.depth[b] {
		if d.depth[d.jump[a]] >= d.depth[b] {
			a = d.jump[a]
		} else {
			a = d.parent[a]
		}
	}
	for a != b {
		if d.jump[a] != d.jump[b] {
			a, b = d.jump[a], d.jump[b]
		} else {
			a, b = d.parent[a], d.parent[b]
		}
	}
	return a - 1
}

// dominates reports whether all data to n passes through the node above.
func (d *dominators) dominates(above, n int) bool { return d.common(above, n) == above }
