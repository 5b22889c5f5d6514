package structure

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A flow is the part of a graph that the outputs are computed from. A node is named by its position; each node comes after the
// nodes that it reads.
type flow struct {
	nodes   []*gorgonia.Node
	frames  []*frame // the step of a recurrence in which a node is; nil for most
	specs   []op.Spec
	shapes  []tensor.Shape
	reads   [][]int // nodes whose values, not just shapes, a node is computed from
	readers [][]int // nodes that read a node; one that reads it twice is listed twice
	origins []origin
	at      map[*gorgonia.Node]int
	visited []int // by position: the walk that has visited the node last
	walks   int   // number of walks so far
	outputs map[*gorgonia.Node]bool
}

// An origin is the kind of input that a node is computed from.
type origin int

const (
	constant  origin = iota // neither parameters nor samples
	parameter               // parameters, but no samples
	sample                  // inputs that hold samples
)

func newFlow(c Config) *flow {
	f := &flow{outputs: setOf(c.Outputs)}
	f.collect(c.Outputs)
	f.sortAsDrawn()
	size := len(f.nodes)
	f.at = make(map[*gorgonia.Node]int, size)
	f.shapes, f.origins = make([]tensor.Shape, size), make([]origin, size)
	f.readers, f.visited = make([][]int, size), make([]int, size)
	trained, samples := setOf(c.Parameters), setOf(c.Inputs)
	for i, n := range f.nodes {
		if f.shapes[i] = n.Shape(); f.frames[i] == nil {
			f.at[n] = i
		}
		for _, k := range f.reads[i] {
			f.readers[k] = append(f.readers[k], i)
		}
		switch {
		case f.specs[i].Kind != op.KindInput:
		case trained[n]:
			f.origins[i] = parameter
		case c.Inputs == nil || samples[n]:
			f.origins[i] = sample
		}
	}
	f.findOrigins()
	f.findMasks()
	return f
}

// findOrigins finds the origins of computed nodes from those of the inputs.
func (f *flow) findOrigins() {
	for n, spec := range f.specs {
		if spec.Kind != op.KindInput {
			f.origins[n] = f.originOf(n)
		}
	}
}

func setOf(nodes []*gorgonia.Node) map[*gorgonia.Node]bool {
	set := make(map[*gorgonia.Node]bool, len(nodes))
	for _, n := range nodes {
		set[n] = true
	}
	return set
}

// originOf is the origin of a computed node. The product of a parameter and a constant tensor is a linear map of samples
// that are part of the graph.
func (f *flow) originOf(n int) (most origin) {
	for _, k := range f.reads[n] {
		most = max(most, f.origins[k])
	}
	if p, ok := f.productAt(n); ok && f.origins[p.data] == constant {
		return sample
	}
	return most
}

// collect gathers the nodes that some nodes are computed from, themselves included, each after the nodes that it reads.
func (f *flow) collect(from []*gorgonia.Node) {
	type visit struct {
		visible
		spec     op.Spec
		operands []visible
		next     int // the operand to visit
	}
	const entered = -1
	at := make(map[visible]int)
	through := viewer{frames: make(map[visible][]*frame)}
	var path []visit // a list, as a recursion would be as deep as the network
	enter := func(v visible) {
		if _, seen := at[v]; !seen {
			at[v] = entered
			spec, operands := through.at(v)
			path = append(path, visit{visible: v, spec: spec, operands: operands})
		}
	}
	for _, n := range from {
		enter(visible{n, nil})
		for len(path) > 0 {
			last := &path[len(path)-1]
			if last.next < len(last.operands) {
				last.next++
				enter(last.operands[last.next-1])
				continue
			}
			reads := make([]int, 0, len(last.operands))
			for _, operand := range last.operands {
				reads = append(reads, at[operand])
			}
			if last.spec.Kind.ReadsShapesOnly() {
				reads = nil
			}
			at[last.visible] = len(f.nodes)
			f.nodes, f.specs, f.reads = append(f.nodes, last.node), append(f.specs, last.spec), append(f.reads, reads)
			f.frames = append(f.frames, last.frame)
			path = path[:len(path)-1]
		}
	}
}

// sortAsDrawn sorts the nodes as they were drawn, if that is an order in which each node stands after the nodes that it
// reads. Constants come first: they are added to a graph later than they are drawn.
func (f *flow) sortAsDrawn() {
	order := make([]int, len(f.nodes)) // old positions
	drawn := make([][]int64, len(f.nodes))
	for i := range order {
		order[i], drawn[i] = i, visible{f.nodes[i], f.frames[i]}.drawn()
	}
	slices.SortStableFunc(order, func(a, b int) int {
		isA, isB := f.specs[a].Kind == op.KindConstant, f.specs[b].Kind == op.KindConstant
		switch {
		case isA && isB:
			return 0
		case isA || isB:
			return compareBool(isB, isA)
		}
		return slices.Compare(drawn[a], drawn[b])
	})
	position := make([]int, len(order)) // new ones, by the old ones
	for i, k := range order {
		position[k] = i
	}
	for i, k := range order {
		if slices.ContainsFunc(f.reads[k], func(operand int) bool { return position[operand] > i }) {
			return
		}
	}
	nodes, specs, reads := make([]*gorgonia.Node, len(order)), make([]op.Spec, len(order)), make([][]int, len(order))
	frames := make([]*frame, len(order))
	for i, k := range order {
		nodes[i], specs[i], reads[i], frames[i] = f.nodes[k], f.specs[k], f.reads[k], f.frames[k]
		for j, operand := range reads[i] {
			reads[i][j] = position[operand]
		}
	}
	f.nodes, f.specs, f.reads, f.frames = nodes, specs, reads, frames
}

// number is the value of a constant scalar.
func (f *flow) number(n int) (float64, bool) {
	if f.specs[n].Kind != op.KindConstant || f.nodes[n].Value() == nil {
		return 0, false
	}
	switch v := f.nodes[n].Value().Data().(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	}
	return 0, false
}

// parametersOf lists the parameters that a node is computed from, in the order in which they were drawn.
func (f *flow) parametersOf(n int) (list []int) {
	for _, k := range f.coneOf(n) {
		if f.origins[k] == parameter && f.specs[k].Kind == op.KindInput {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

// coneOf lists what a node is computed from, itself included.
func (f *flow) coneOf(n int) []int {
	f.walks++
	f.visited[n] = f.walks
	list := []int{n}
	for i := 0; i < len(list); i++ {
		for _, k := range f.reads[list[i]] {
			if f.visited[k] != f.walks {
				f.visited[k] = f.walks
				list = append(list, k)
			}
		}
	}
	return list
}
