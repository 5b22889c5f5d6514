package structure

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// maxCopies is the number of steps of a recurrence (package scan) that the flow has, one after another. The finder recognises what
// depends on earlier steps, as in a graph that is unrolled, from three.
const maxCopies = minCarried

// A frame is one of these steps: the body of a recurrence, with the values that it reads there. It is nil for the graph itself.
type frame struct {
	scan   *op.Scan
	node   *gorgonia.Node // of the recurrence
	outer  *frame         // of that node
	number int            // of the step, from 0
	before *frame         // the step before; nil for the first
}

// A visible is a node in a step, or in the graph itself.
type visible struct {
	node  *gorgonia.Node
	frame *frame
}

// framesOf gives the steps of a recurrence.
func framesOf(n *gorgonia.Node, outer *frame) (list []*frame) {
	s := n.Op().(*op.Op).Scan()
	var before *frame
	for i := range min(maxCopies, s.Steps) {
		before = &frame{scan: s, node: n, outer: outer, number: i, before: before}
		list = append(list, before)
	}
	return list
}

// A viewer finds what nodes read, through recurrences: it never shows the node of a recurrence.
type viewer struct {
	frames map[visible][]*frame // of the recurrences so far
}

// steps gives the steps of the recurrence at a node, the same at each call.
func (w *viewer) steps(n *gorgonia.Node, outer *frame) []*frame {
	key := visible{n, outer}
	if w.frames[key] == nil {
		w.frames[key] = framesOf(n, outer)
	}
	return w.frames[key]
}

// at describes a node, and lists what it reads.
func (w *viewer) at(v visible) (spec op.Spec, reads []visible) {
	spec = op.SpecOf(v.node)
	switch {
	case spec.Kind == op.KindPart:
		if in := op.Operands(v.node)[0]; isRecurrence(in) {
			return spec, w.result(in, v.frame, spec.Index)
		}
	case spec.Kind == op.KindInput && v.frame != nil:
		return v.frame.input(v.node)
	}
	for _, n := range op.Operands(v.node) {
		reads = append(reads, v.frame.resolve(n))
	}
	return spec, reads
}

// isRecurrence reports whether a node runs the steps of a recurrence.
func isRecurrence(n *gorgonia.Node) bool {
	o, ours := n.Op().(*op.Op)
	return ours && o.Scan() != nil && !o.Scan().Backward()
}

// result is what a result of a recurrence is computed from: the outputs of all steps, or the states after the last one.
func (w *viewer) result(n *gorgonia.Node, outer *frame, index int) (reads []visible) {
	steps := w.steps(n, outer)
	body := steps[0].scan.Body
	if outputs := len(body.Outputs); index >= outputs {
		last := steps[len(steps)-1]
		return []visible{last.resolve(body.Next[index-outputs])}
	}
	for _, f := range steps {
		reads = append(reads, f.resolve(body.Outputs[index]))
	}
	return reads
}

// input describes an input of a step: an element of a sequence, or a state.
func (f *frame) input(n *gorgonia.Node) (op.Spec, []visible) {
	operands := op.Operands(f.node)
	body := f.scan.Body
	if i := slices.Index(body.Inputs, n); i >= 0 {
		return op.Spec{Kind: op.KindSlice, Name: "step"}, []visible{f.outer.resolve(operands[i])}
	}
	spec := op.Spec{Kind: op.KindReshape, Name: "step"}
	i := slices.Index(body.States, n)
	if f.before == nil {
		return spec, []visible{f.outer.resolve(operands[len(body.Inputs)+i])}
	}
	return spec, []visible{f.before.resolve(body.Next[i])}
}

// resolve is a node of a step, or the node outside of it that a shared value stands for. Nodes of an unrolled recurrence that are there
// for the gradient alone are passed over.
func (f *frame) resolve(n *gorgonia.Node) visible {
	for o, ours := n.Op().(*op.Op); ours && o.Passes(); o, ours = n.Op().(*op.Op) {
		n = op.Operands(n)[0]
	}
	if f == nil {
		return visible{n, nil}
	}
	if i := slices.Index(f.scan.Body.Shared, n); i >= 0 {
		body := f.scan.Body
		return f.outer.resolve(op.Operands(f.node)[len(body.Inputs)+len(body.States)+i])
	}
	return visible{n, f}
}

// drawn is a key by which nodes are sorted as they were drawn, and the steps of a recurrence in order.
func (v visible) drawn() []int64 {
	if v.frame == nil {
		return []int64{v.node.ID()}
	}
	return append(visible{v.frame.node, v.frame.outer}.drawn(), int64(v.frame.number), v.node.ID())
}

// steps is the number of steps in which a node is computed; 0 outside of recurrences.
func (f *frame) steps() int {
	if f == nil {
		return 0
	}
	return f.scan.Steps * max(1, f.outer.steps())
}

// rank is larger for a step that shows more of what its nodes are for: states before and after it, best in the middle.
func (f *frame) rank() int {
	if f == nil {
		return 0
	}
	return 2*min(f.number, 1) - f.number
}

// joinCopies keeps one of the copies of each layer, block, gate and head that belong to the step of a recurrence.
func (f *finder) joinCopies() {
	best := make(map[*gorgonia.Node]*layer) // by the first map
	for _, l := range f.layers {
		l.frame = f.frames[firstMap(l)]
		if n := f.nodes[firstMap(l)]; l.frame != nil && (best[n] == nil || l.frame.rank() > best[n].frame.rank()) {
			best[n] = l
		}
	}
	if len(best) == 0 {
		return
	}
	for _, l := range f.layers {
		if kept := best[f.nodes[firstMap(l)]]; kept != nil && kept != l {
			l.into = kept
		}
	}
	isCopy := func(l *layer) bool { return l.into != nil }
	for _, l := range best {
		if g := l.group; slices.ContainsFunc(g.layers, isCopy) {
			g.layers = slices.DeleteFunc(g.layers, isCopy)
		}
		if len(l.group.layers) == 1 {
			l.step = 0
		}
	}
	f.layers = slices.DeleteFunc(f.layers, isCopy)
	f.blocks = onePerNode(f, f.blocks, func(b *block) int { return b.sum })
	f.gates = onePerNode(f, f.gates, func(g gate) int { return g.node })
	f.attentions = onePerNode(f, f.attentions, func(h head) int { return h.scores })
}

// onePerNode keeps one of several values at copies of a node.
func onePerNode[V any](f *finder, list []V, at func(V) int) (kept []V) {
	place := make(map[*gorgonia.Node]int)
	for _, v := range list {
		n := at(v)
		i, seen := place[f.nodes[n]]
		switch {
		case !seen:
			place[f.nodes[n]] = len(kept)
			kept = append(kept, v)
		case f.frames[n].rank() > f.frames[at(kept[i])].rank():
			kept[i] = v
		}
	}
	return kept
}
