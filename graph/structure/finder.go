package structure

import "github.com/gradflow/gradflow/graph/op"

// A finder visits the nodes of a flow in order. It keeps track of the open layers: the next node may extend them.
type finder struct {
	*flow
	dominators *dominators
	statistics []statistic
	level      []int    // the largest number of layers on a path to a node; a recurrent layer counts at each step
	ends       []*layer // the open layers, by the node that they have been followed to
	owner      []*layer // the layer of each of its nodes
	mapOf      []*layer // the layer of a linear map
	uses       map[int]*use
	hidden     []int // see findHidden

	layers     []*layer
	blocks     []*block
	gates      []gate
	attentions []head
	softmaxOf  map[int]int // scores of a softmax that was written out, by its result

	depth []int // see joinSteps
}

func newFinder(f *flow) *finder {
	size := len(f.nodes)
	found := &finder{
		flow: f, dominators: newDominators(size), statistics: make([]statistic, size), level: make([]int, size),
		ends: make([]*layer, size), owner: make([]*layer, size), mapOf: make([]*layer, size),
		uses: make(map[int]*use), softmaxOf: make(map[int]int),
	}
	found.findHidden()
	for n := range f.nodes {
		if f.origins[n] == parameter && f.specs[n].Kind == op.KindInput {
			found.uses[n] = &use{at: -1, reader: -1}
		}
	}
	return found
}

// visit looks at the next node.
func (f *finder) visit(n int) {
	if f.origins[n] != sample {
		return
	}
	for _, k := range f.reads[n] {
		f.level[n] = max(f.level[n], f.level[k])
	}
	f.dominators.add(n, f.dominator(n))
	f.noteStatistic(n)
	f.noteSoftmax(n)
	_ = f.linear(n) || f.recurrent(n) || f.linearRecurrence(n) || f.activate(n) || f.normalise(n) || f.attention(n) || f.concat(n) || f.sum(n) || f.gate(n) || f.combine(n) || f.passOn(n)
	f.noteParameters(n)
}

// dominator is the nearest node that all data to n passes through. Samples that no layer has read yet, such as masks, count only
// if all other operands are computed from them.
func (f *finder) dominator(n int) int {
	main, found := -1, false
	for _, k := range f.reads[n] {
		if f.origins[k] != sample || f.level[k] == 0 && f.level[n] > 0 {
			continue
		}
		if !found {
			main, found = k, true
			continue
		}
		main = f.dominators.common(main, k)
	}
	for _, k := range f.reads[n] {
		if f.origins[k] == sample && f.level[k] == 0 && f.level[n] > 0 && f.dominators.dominates(k, main) {
			main = k
		}
	}
	return main
}
