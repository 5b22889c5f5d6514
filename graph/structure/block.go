package structure

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// A block is a [Block] while the structure is being found. Nodes are positions in the flow.
type block struct {
	kind                     BlockKind
	input, skip, branch, sum int
	scale                    float64
	layers                   []*layer // of the branch
	projection               *layer   // nil if there is none
}

// sum looks at a sum of two samples: the end of a residual block, or of several linear maps that make one layer.
func (f *finder) sum(n int) bool {
	if f.specs[n].Kind != op.KindAdd || len(f.shapes[n]) == 0 {
		return false
	}
	x, y := f.reads[n][0], f.reads[n][1]
	if x == y || f.origins[x] != sample || f.origins[y] != sample {
		return false
	}
	if f.residual(n, x, y) || f.residual(n, y, x) || f.projected(n, x, y) || f.projected(n, y, x) {
		return true
	}
	left, right := f.open(x, n), f.open(y, n)
	switch {
	case left != nil && right != nil:
		f.merge(n, left, right)
	case left != nil:
		f.follow(left, n)
	case right != nil:
		f.follow(right, n)
	}
	return true
}

// merge makes one layer of two whose outputs are added: that of the deeper one, or of the second.
func (f *finder) merge(n int, left, right *layer) {
	kept, dropped := right, left
	if left.level > right.level {
		kept, dropped = left, right
	}
	f.ends[dropped.end] = nil
	dropped.into = kept
	kept.merged = append(kept.merged, dropped)
	kept.bias = append(kept.bias, dropped.bias...)
	f.follow(kept, n)
	kept.settle()
}

// residual notes a block if the skip passes on a node that the branch is computed from.
func (f *finder) residual(n, skip, branch int) bool {
	input, gated, layers := f.passedOn(skip, branch)
	if layers == nil {
		return false
	}
	b := &block{input: input, skip: skip, branch: branch, sum: n, scale: 1, layers: layers}
	if gated {
		b.kind = Gated
	}
	f.close(b)
	return true
}

// projected notes a block if the skip is a layer without an activation, and reads a node that the branch is computed from.
func (f *finder) projected(n, skip, branch int) bool {
	projection := f.open(skip, n)
	if projection == nil || projection.merged != nil || f.level[branch] <= projection.level {
		return false
	}
	input := f.source(projection.maps[0].data)
	if !f.dominators.dominates(input, branch) {
		return false
	}
	layers := f.layersBetween(input, branch)
	if layers == nil {
		return false
	}
	b := &block{kind: Projection, input: input, skip: skip, branch: branch, sum: n, scale: 1, layers: layers, projection: projection}
	projection.settle()
	projection.block = b
	f.ends[skip] = nil
	f.close(b)
	return true
}

// close ends a block at its sum. The last layer of the branch goes on there, unless the branch begins with a
// normalisation or an activation (He et al. 2016): the operations after the sum then belong to the next block.
func (f *finder) close(b *block) {
	if _, factor, scaled := f.factorAt(b.branch); scaled {
		b.scale = factor
	}
	f.blocks = append(f.blocks, b)
	last := f.open(b.branch, b.sum)
	if last == nil {
		return
	}
	f.follow(last, b.sum)
	last.settle()
	if !f.readByLayers(b.input, b.layers) {
		f.ends[b.sum] = nil
	}
}

// readByLayers reports whether one of the layers reads a node directly.
func (f *finder) readByLayers(input int, layers []*layer) bool {
	return slices.ContainsFunc(layers, func(l *layer) bool {
		return slices.ContainsFunc(l.final().addMaps(nil), func(p product) bool { return f.source(p.data) == input || p.data == input })
	})
}

// concat notes a block if a node concatenates a value with layers that are computed from this value.
func (f *finder) concat(n int) bool {
	if spec := f.specs[n]; spec.Kind != op.KindConcat || spec.Name == "stack" { // a stack is of the steps of a sequence
		return false
	}
	terms := slices.DeleteFunc(slices.Clone(f.reads[n]), func(k int) bool { return f.origins[k] != sample })
	if len(terms) < 2 {
		return true
	}
	branch := slices.MaxFunc(terms, func(a, b int) int { return f.level[a] - f.level[b] })
	for _, skip := range terms {
		if skip == branch {
			continue
		}
		if input, _, layers := f.passedOn(skip, branch); layers != nil {
			f.blocks = append(f.blocks, &block{kind: Concat, input: input, skip: skip, branch: branch, sum: n, scale: 1, layers: layers})
			break
		}
	}
	return true
}

// passedOn is the node that a skip passes on and from which the branch is computed through layers; there is none if layers is
// nil. On the skip the node may be scaled, masked, pooled, or multiplied by a gate.
func (f *finder) passedOn(skip, branch int) (input int, gated bool, layers []*layer) {
	for n := skip; ; {
		if len(f.readers[n]) > 1 && f.level[n] < f.level[branch] {
			if layers := f.layersBetween(n, branch); layers != nil {
				return n, gated, layers
			}
		}
		switch {
		case f.keepsUnits(n):
			n = f.reads[n][0]
			continue
		case f.specs[n].Kind != op.KindMul:
			return 0, false, nil
		}
		value, isGate := f.valueAt(n)
		if value < 0 {
			return 0, false, nil
		}
		n, gated = value, gated || isGate
	}
}

// valueAt is the operand of a product that is masked or gated; -1 if that is not clear.
func (f *finder) valueAt(n int) (value int, isGate bool) {
	for i, k := range f.reads[n] {
		if f.origins[k] == constant {
			return f.reads[n][1-i], false
		}
	}
	if _, value, ok := f.gateAt(n); ok {
		return value, true
	}
	return -1, false
}

// source goes back from the operand of a linear map to the node that it was rearranged from.
func (f *finder) source(n int) int {
	for len(f.readers[n]) == 1 && (f.specs[n].Kind == op.KindPatches || f.keepsUnits(n)) {
		n = f.reads[n][0]
	}
	return n
}

// layersBetween lists the layers on the paths from x to y; nil if there are none.
func (f *finder) layersBetween(x, y int) (list []*layer) {
	inside := f.between(x, y)
	for _, n := range inside {
		if l := f.mapOf[n]; l != nil && !slices.Contains(list, l.final()) {
			list = append(list, l.final())
		}
	}
	return list
}

// between lists the nodes on the paths from x to y, without x, in order. A node that was drawn before x, or that is computed by
// fewer layers than x, is not computed from x, so the walk stops there.
func (f *finder) between(x, y int) (inside []int) {
	f.walks++
	f.visited[y] = f.walks
	cone := []int{y}
	for i := 0; i < len(cone); i++ {
		for _, k := range f.reads[cone[i]] {
			if k > x && f.level[k] >= f.level[x] && f.origins[k] == sample && f.visited[k] != f.walks {
				f.visited[k] = f.walks
				cone = append(cone, k)
			}
		}
	}
	slices.Sort(cone)
	f.walks++ // marks the nodes that are computed from x
	f.visited[x] = f.walks
	for _, n := range cone {
		if slices.ContainsFunc(f.reads[n], func(k int) bool { return f.visited[k] == f.walks }) {
			f.visited[n] = f.walks
			inside = append(inside, n)
		}
	}
	if f.visited[y] != f.walks {
		return nil
	}
	return inside
}
