package structure

import "github.com/gradflow/gradflow/graph/op"

// diagonalAt recognises a diagonal map: the product of a parameter and each sample, element by element, which an activation
// reads. A normalisation's gain is no map, nor is a factor of a layer that has no activation yet.
func (f *finder) diagonalAt(n int) (p product, ok bool) {
	if f.specs[n].Kind != op.KindMul {
		return p, false
	}
	for i, w := range f.reads[n] {
		x := f.reads[n][1-i]
		if f.origins[w] != parameter || f.origins[x] != sample {
			continue
		}
		axis := lastAxis(f.shapes[w])
		if axis < 0 || sizeOf(f.shapes[n]) > sizeOf(f.shapes[x]) || f.ends[x] != nil || f.isNormalised(x) || !f.isActivated(n) {
			return p, false
		}
		return product{node: n, weight: w, data: x, bias: -1, unitAxis: axis, inner: 1}, true
	}
	return p, false
}

// lastAxis is the last axis of more than one element, counted back from the last; -1 if there is none.
func lastAxis(s []int) int {
	for i := range s {
		if s[len(s)-1-i] > 1 {
			return i
		}
	}
	return -1
}

// isNormalised reports whether a node, moved or not, is the result of a normalisation or of a division by another statistic.
func (f *finder) isNormalised(n int) bool {
	for f.keepsUnits(n) {
		n = f.reads[n][0]
	}
	if _, ok := f.normAt(n); ok || f.specs[n].Kind == op.KindSoftmax {
		return true
	}
	return f.specs[n].Kind == op.KindDiv && f.statistics[f.reads[n][1]].stage != noStage
}

// isActivated reports whether an activation reads a node, or the sum of the node and biases or linear maps.
func (f *finder) isActivated(n int) bool {
	for !f.outputs[f.nodes[n]] {
		for _, r := range f.readers[n] {
			switch f.specs[r].Kind {
			case op.KindActivate, op.KindElementwise, op.KindExp:
				return true
			}
		}
		if len(f.readers[n]) != 1 || !f.keepsUnits(f.readers[n][0]) && !f.addsToMap(f.readers[n][0], n) {
			return false
		}
		n = f.readers[n][0]
	}
	return false
}

// addsToMap reports whether a node adds a constant, a parameter or linear maps to one of its operands.
func (f *finder) addsToMap(n, operand int) bool {
	if kind := f.specs[n].Kind; kind != op.KindAdd && kind != op.KindSub {
		return false
	}
	other := f.reads[n][0]
	if other == operand {
		other = f.reads[n][1]
	}
	if f.origins[other] != sample {
		return true
	}
	if _, isMap := f.productAt(other); isMap {
		return true
	}
	for _, k := range f.reads[other] { // a map and its bias, or two maps
		if !f.addsToMap(other, k) {
			return false
		}
	}
	return len(f.reads[other]) > 0
}
