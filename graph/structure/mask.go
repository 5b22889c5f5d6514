package structure

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// findMasks finds the inputs that only change weights, and makes them constants: the mask of a pruned weight, or the frozen
// part of a weight that is the sum of two. Otherwise the changed weight would count as samples, and its layer would not be found.
func (f *flow) findMasks() {
	var masks []int
	for n, spec := range f.specs {
		if spec.Kind == op.KindInput && f.origins[n] == sample && f.meetsParametersOnly(n) {
			masks = append(masks, n)
		}
	}
	for len(masks) > 0 {
		for _, n := range masks {
			f.origins[n] = constant
		}
		f.findOrigins()
		var others []int // inputs that change something else: the network reads them
		for _, n := range masks {
			if !f.changesWeights(n) {
				others = append(others, n)
			}
		}
		if len(others) == 0 {
			return
		}
		for _, n := range others {
			f.origins[n] = sample
		}
		f.findOrigins()
		masks = slices.DeleteFunc(masks, func(n int) bool { return slices.Contains(others, n) })
	}
}

// meetsParametersOnly reports whether all that reads an input is arithmetic with a parameter whose shape it keeps.
func (f *flow) meetsParametersOnly(input int) bool {
	for _, n := range f.readers[input] {
		switch f.specs[n].Kind {
		case op.KindAdd, op.KindSub, op.KindMul, op.KindDiv:
		default:
			return false
		}
		other := f.reads[n][0]
		if other == input {
			other = f.reads[n][1]
		}
		if f.origins[other] != parameter || !f.shapes[other].Eq(f.shapes[n]) {
			return false
		}
	}
	return len(f.readers[input]) > 0
}

// changesWeights reports whether all that is computed from an input and parameters is used as the weight or the bias of a linear map.
func (f *flow) changesWeights(input int) bool {
	f.walks++
	list := []int{input}
	for i := 0; i < len(list); i++ {
		for _, n := range f.readers[list[i]] {
			p, isProduct := f.productAt(n)
			switch {
			case f.visited[n] == f.walks:
			case f.origins[n] == parameter:
				f.visited[n] = f.walks
				list = append(list, n)
			case !isProduct || p.weight != list[i] && p.bias != list[i]:
				return false
			}
		}
		if i > 0 && len(f.readers[list[i]]) == 0 {
			return false
		}
	}
	return true
}
