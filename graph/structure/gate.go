package structure

import "github.com/gradflow/gradflow/graph/op"

// A gate is a [Gate] while the structure is being found. Nodes are positions in the flow.
type gate struct {
	node, gate, value int
	layer             *layer // whose activation the gate is; nil if there is none
}

// gate notes a product of an activation and another value that was computed by layers.
func (f *finder) gate(n int) bool {
	if f.specs[n].Kind != op.KindMul {
		return false
	}
	g, value, ok := f.gateAt(n)
	if !ok || f.level[value] == 0 {
		return false
	}
	f.gates = append(f.gates, gate{n, g, value, f.layerBefore(f.activationBefore(g)).final()})
	return true
}

// gateAt separates the gate of a product from the value. The gate is an activation; of two activations it is the sigmoid, and of
// two alike the second. A product of x and a function of x, such as a GELU that is written out, has no gate.
func (f *finder) gateAt(n int) (gate, value int, ok bool) {
	x, y := f.reads[n][0], f.reads[n][1]
	if f.specs[n].Name == "swiglu" { // the activation is part of the product
		return x, y, f.level[x] > 0
	}
	if x == y || f.origins[x] != sample || f.origins[y] != sample || len(f.shapes[n]) == 0 {
		return 0, 0, false
	}
	if f.level[x] == f.level[y] && (f.dominators.dominates(x, y) || f.dominators.dominates(y, x)) {
		return 0, 0, false
	}
	rankX, rankY := f.gateRank(x), f.gateRank(y)
	switch {
	case rankX == 0 && rankY == 0:
		return 0, 0, false
	case rankX > rankY:
		return x, y, true
	}
	return y, x, true
}

// gateRank is 2 for a sigmoid of layers, 1 for another activation of layers, and 0 otherwise.
func (f *finder) gateRank(n int) int {
	switch a := f.activationBefore(n); {
	case f.level[n] == 0 || f.specs[a].Kind != op.KindActivate:
		return 0
	case f.specs[a].Activation == op.Sigmoid:
		return 2
	}
	return 1
}

// activationBefore goes back from an operand of a product, such as 1 - g, to the activation that it is made of.
func (f *finder) activationBefore(n int) int {
	for {
		switch kind := f.specs[n].Kind; {
		case kind == op.KindRepeat || f.keepsUnits(n):
			n = f.reads[n][0]
			continue
		case kind == op.KindAdd || kind == op.KindSub:
			x, y := f.reads[n][0], f.reads[n][1]
			if f.origins[x] == constant {
				n = y
				continue
			} else if f.origins[y] == constant {
				n = x
				continue
			}
		}
		return n
	}
}
