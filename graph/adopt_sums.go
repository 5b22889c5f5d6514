package graph

import "gorgonia.org/gorgonia"

// An adoptedBlock is a residual block that was found.
type adoptedBlock struct {
	BlockTrace
	layers []*adopted // in the branch
	skip   *adopted   // the projection on the skip; nil for the identity
}

// sum looks at a sum of two things that are computed from samples: the end of a residual block, or of several linear maps
// that make one layer.
func (a *adoption) sum(n *gorgonia.Node) bool {
	if elementwiseOf(n) != "+" {
		return false
	}
	from := reads(n)
	x, y := from[0], from[1]
	if x == y || a.origin[x] != sample || a.origin[y] != sample {
		return false
	}
	if a.block(n, x, y) || a.block(n, y, x) {
		return true
	}
	left, right := a.open(x, n), a.open(y, n)
	switch {
	case left != nil && right != nil:
		a.merge(n, left, right)
	case left != nil:
		a.follow(left, n)
	case right != nil:
		a.follow(right, n)
	}
	return true
}

// merge makes one layer of two whose outputs are added: that of the deeper one, or of the second.
func (a *adoption) merge(n *gorgonia.Node, left, right *adopted) {
	kept, dropped := right, left
	if left.level > right.level {
		kept, dropped = left, right
	}
	delete(a.ends, dropped.end)
	dropped.into = kept
	a.follow(kept, n)
	kept.settle()
	a.deepest[n] = kept
}

// block notes a residual block, if sum = skip + branch is one.
func (a *adoption) block(sum, skip, branch *gorgonia.Node) bool {
	b := &adoptedBlock{BlockTrace: BlockTrace{Input: skip, Skip: skip, Branch: branch, Sum: sum, Scale: 1}}
	if b.layers = a.layersBetween(skip, branch); b.layers == nil && !a.projected(b) {
		return false
	}
	if _, factor, scaled := factorOf(branch); scaled {
		b.Scale = factor
	}
	if last := a.open(branch, sum); last != nil {
		a.follow(last, sum)
		last.settle()
	}
	if b.Input.Deriv() != nil { // of samples nobody asked for the gradient, so that there is nothing to watch
		a.blocks = append(a.blocks, b)
	}
	return true
}

// projected looks for a linear map on the skip, beside a branch of several layers.
func (a *adoption) projected(b *adoptedBlock) bool {
	projection := a.open(b.Skip, b.Sum)
	if projection == nil {
		return false
	}
	input := a.source(projection.data)
	layers := a.layersBetween(input, b.Branch)
	if layers == nil || a.deepest[b.Branch].final().level <= projection.level {
		return false
	}
	b.Input, b.layers, b.skip = input, layers, projection
	projection.settle()
	delete(a.ends, b.Skip)
	return true
}

// source goes back from what a linear map reads to what it was rearranged from.
func (a *adoption) source(n *gorgonia.Node) *gorgonia.Node {
	for len(a.readers[n]) == 1 && (typeName(n) == "gorgonia.im2colOp" || passesOn(n)) {
		n = reads(n)[0]
	}
	return n
}

// layersBetween lists the layers on the way from x to y, if y is computed from samples by way of x alone; else it is nil. It
// is nil also if there are none: y may as well be the rest of a function written out then, as in z + log(1 + exp(-z)).
func (a *adoption) layersBetween(x, y *gorgonia.Node) (list []*adopted) {
	inside := a.between(x, y)
	if inside == nil {
		return nil
	}
	for _, l := range a.layers {
		if inside[l.Linear] {
			list = append(list, l)
		}
	}
	return list
}

// between lists what lies on the way from x to y, y included, if y is computed from samples by way of x alone; else it is
// nil.
func (a *adoption) between(x, y *gorgonia.Node) map[*gorgonia.Node]bool {
	inside, met := make(map[*gorgonia.Node]bool), false
	queue := []*gorgonia.Node{y} // in breadth, as samples that do not come from x are mostly met soon
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		switch {
		case n == x:
			met = true
			continue
		case inside[n]:
			continue
		}
		inside[n] = true
		leaf := true
		for _, child := range reads(n) {
			if a.origin[child] == sample {
				leaf = false
				queue = append(queue, child)
			}
		}
		if leaf {
			return nil
		}
	}
	if !met {
		return nil
	}
	return inside
}
