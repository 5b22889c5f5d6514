package structure

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// An activated is an activation that was found, by the node of its result.
type activated struct {
	x     int
	kind  op.Activation
	alpha float64
	parts []int // other nodes of the activation that may read x
}

// activationAt recognises an activation, as one operation or in the ways in which Gorgonia writes them out.
func (f *finder) activationAt(n int) (activated, bool) {
	switch spec := f.specs[n]; spec.Kind {
	case op.KindActivate:
		a := activated{x: f.reads[n][0], kind: spec.Activation}
		if a.kind == op.LeakyReLU || a.kind == op.ELU {
			a.alpha = spec.Alpha
		}
		return a, true
	case op.KindMul:
		return f.selfGated(n)
	case op.KindAdd:
		return f.leaky(n)
	}
	return activated{}, false
}

// selfGated recognises x·(x >= 0), which is Rectify, and x·sigmoid(x).
func (f *finder) selfGated(n int) (activated, bool) {
	for i, gate := range f.reads[n] {
		x := f.reads[n][1-i]
		switch spec := f.specs[gate]; {
		case f.compares(gate, x, ">=", ">"):
			return activated{x: x, kind: op.ReLU, parts: []int{gate}}, true
		case spec.Kind == op.KindActivate && spec.Activation == op.Sigmoid && f.reads[gate][0] == x:
			return activated{x: x, kind: op.SiLU, parts: []int{gate}}, true
		}
	}
	return activated{}, false
}

// leaky recognises x·(x >= 0) + x·(x < 0)·alpha, which is LeakyRelu.
func (f *finder) leaky(n int) (activated, bool) {
	for i, upper := range f.reads[n] {
		if f.specs[upper].Kind != op.KindMul {
			continue
		}
		a, isGated := f.selfGated(upper)
		lower, alpha, isScaled := f.factorAt(f.reads[n][1-i])
		if !isGated || a.kind != op.ReLU || !isScaled || f.specs[lower].Kind != op.KindMul {
			continue
		}
		for j, gate := range f.reads[lower] {
			if f.reads[lower][1-j] == a.x && f.compares(gate, a.x, "<", "<=") {
				return activated{a.x, op.LeakyReLU, alpha, append(a.parts, upper, lower, gate)}, true
			}
		}
	}
	return activated{}, false
}

// compares reports whether a node is x compared with 0 by one of the signs.
func (f *finder) compares(n, x int, signs ...string) bool {
	spec := f.specs[n]
	if spec.Kind != op.KindCompare || f.reads[n][0] != x || !slices.Contains(signs, spec.Sign) {
		return false
	}
	zero, ok := f.number(f.reads[n][1])
	return ok && zero == 0
}

// factorAt recognises c·x with a constant number c.
func (f *finder) factorAt(n int) (x int, factor float64, ok bool) {
	switch spec := f.specs[n]; spec.Kind {
	case op.KindScale:
		return f.reads[n][0], spec.Factor, true
	case op.KindMul:
		for i, k := range f.reads[n] {
			if c, ok := f.number(k); ok {
				return f.reads[n][1-i], c, true
			}
		}
	}
	return 0, 0, false
}
