package graph

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// What the operations of a graph mean. Neither Gorgonia nor package op exports their types, but the texts tell all of them.

// A product is what an operation would be as a linear map: with its left or with its right operand for the weight.
type product struct {
	right               bool // whether the right operand can be the weight
	leftAxis, rightAxis int  // the units of the result, if the weight is the left or the right operand
	inner               int  // products that are summed; 0 in a lookup
}

// productOf finds products of matrices, convolutions (which Gorgonia draws as such) and lookups.
func productOf(n *gorgonia.Node) (p product, ok bool) {
	from, text := reads(n), opText(n)
	if len(from) < 2 {
		return p, false
	}
	a, b := from[0].Shape(), from[1].Shape()
	kind := strings.ReplaceAll(text, "ᵀ", "")
	switch {
	case typeName(n) == "gorgonia.linAlgBinOp" && kind == "A × b":
		return product{true, 0, -1, b.TotalSize()}, true
	case typeName(n) == "gorgonia.linAlgBinOp" && kind == "a ⋅ b":
		return product{true, -1, -1, b.TotalSize()}, true
	case typeName(n) == "gorgonia.linAlgBinOp" && (kind == "A × B" || kind == "A ××× B"):
		p = product{true, 1, 0, a[len(a)-1]}
		if strings.HasPrefix(text, "Aᵀ") {
			p.inner = a[len(a)-2]
		}
		return p, true
	case ourOp(n, "linear"):
		return product{true, 1, 0, a[len(a)-1]}, true
	case ourOp(n, "matmul(") || ourOp(n, "batched_matmul("):
		p = product{true, 1, 0, a[len(a)-1]}
		if strings.Contains(text, "transA=true") {
			p.inner = a[len(a)-2]
		}
		return p, true
	case ourOp(n, "embedding"), typeName(n) == "gorgonia.byIndicesOp" && text == "ByIndicesOp{axis=0}":
		return product{}, true
	}
	return p, false
}

// opText is the text of an operation; empty for an input.
func opText(n *gorgonia.Node) string {
	if n.Op() == nil {
		return ""
	}
	return n.Op().String()
}

// ourOp tells whether an operation is one of package op whose text begins so.
func ourOp(n *gorgonia.Node, begin string) bool {
	_, ours := n.Op().(*op.Op)
	return ours && strings.HasPrefix(opText(n), begin)
}

// elementwiseOf is the sign of an operation on the elements of two tensors, broadcast or not: + - ⊙ ÷ >= and the like;
// empty if it is none.
func elementwiseOf(n *gorgonia.Node) string {
	switch {
	case typeName(n) == "gorgonia.elemBinOp":
		sign, _, _ := strings.Cut(opText(n), " ")
		return sign
	case ourOp(n, ""):
		return map[string]string{
			"add": "+", "broadcast_add": "+", "broadcast_sub": "-", "mul": "⊙", "broadcast_mul": "⊙", "broadcast_div": "÷",
		}[opText(n)]
	}
	return ""
}

// factorOf recognises c·x with a constant number c.
func factorOf(n *gorgonia.Node) (x *gorgonia.Node, factor float64, ok bool) {
	if ourOp(n, "scale(") {
		_, err := fmt.Sscanf(opText(n), "scale(%g)", &factor)
		return Children(n)[0], factor, err == nil
	}
	if elementwiseOf(n) != "⊙" {
		return nil, 0, false
	}
	from := Children(n)
	for i := range from {
		if c, ok := number(from[i]); ok {
			return from[1-i], c, true
		}
	}
	return nil, 0, false
}

// number is the value of a constant scalar.
func number(n *gorgonia.Node) (float64, bool) {
	if typeName(n) != "gorgonia.constantScalar" || n.Value() == nil {
		return 0, false
	}
	switch v := n.Value().Data().(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	}
	return 0, false
}

// passesOn tells whether an operation keeps the units of its input: it moves them, or takes some of their values.
func passesOn(n *gorgonia.Node) bool {
	switch typeName(n) {
	case "gorgonia.reshapeOp", "gorgonia.transposeOp", "gorgonia.maxPoolOp", "gorgonia.avgPoolOp", "gorgonia.dropoutOp":
		return true
	}
	return ourOp(n, "scale(")
}

// isNorm tells whether an operation normalises its first input, and how. Nodes that compute its statistics from the same
// input are helpers.
func isNorm(n *gorgonia.Node) (kind Norm, helpers []*gorgonia.Node, ok bool) {
	switch {
	case typeName(n) == "gorgonia.BatchNormOp":
		return BN, nil, true
	case ourOp(n, "normalize(over batch"):
		return BN, Children(n)[1:3], true
	case ourOp(n, "normalize(over features"):
		return LN, Children(n)[1:3], true
	}
	return NoNorm, nil, false
}

// activationOf recognises an activation by the node of its result. Besides it, other nodes may read x as a part of it.
func activationOf(n *gorgonia.Node) (x *gorgonia.Node, a Activation, parts []*gorgonia.Node, ok bool) {
	switch sign := elementwiseOf(n); {
	case typeName(n) == "gorgonia.elemUnaryOp":
		a, err := ParseActivation(opText(n))
		return Children(n)[0], a, nil, err == nil && a != Identity
	case sign == "⊙":
		return gated(n)
	case sign == "+":
		return leaky(n)
	case ourOp(n, ""):
		name, alpha, _ := strings.Cut(opText(n), "(alpha=")
		a, err := ParseActivation(name)
		if err != nil || alpha == "" {
			return nil, a, nil, false
		}
		_, err = fmt.Sscanf(alpha, "%g)", &a.alpha)
		if a.kind != op.LeakyReLU && a.kind != op.ELU {
			a.alpha = 0
		}
		return Children(n)[0], a, nil, err == nil
	}
	return nil, a, nil, false
}

// gated recognises x·(x >= 0), which is Rectify, and x·sigmoid(x).
func gated(n *gorgonia.Node) (x *gorgonia.Node, a Activation, parts []*gorgonia.Node, ok bool) {
	if elementwiseOf(n) != "⊙" {
		return nil, a, nil, false
	}
	from := Children(n)
	for i, gate := range from {
		x = from[1-i]
		switch {
		case compares(gate, x, ">=", ">"):
			return x, ReLU, []*gorgonia.Node{gate}, true
		case opText(gate) == "sigmoid" && Children(gate)[0] == x, ourOp(gate, "sigmoid(") && Children(gate)[0] == x:
			return x, SiLU, []*gorgonia.Node{gate}, true
		}
	}
	return nil, a, nil, false
}

// compares tells whether a node is x compared with 0 by one of the signs.
func compares(n, x *gorgonia.Node, signs ...string) bool {
	if !slices.Contains(signs, elementwiseOf(n)) {
		return false
	}
	from := Children(n)
	zero, ok := number(from[1])
	return from[0] == x && ok && zero == 0
}

// leaky recognises x·(x >= 0) + x·(x < 0)·alpha, which is LeakyRelu.
func leaky(n *gorgonia.Node) (x *gorgonia.Node, a Activation, parts []*gorgonia.Node, ok bool) {
	from := Children(n)
	for i := range from {
		x, _, upper, isGated := gated(from[i])
		lower, alpha, isScaled := factorOf(from[1-i])
		if !isGated || !isScaled || elementwiseOf(lower) != "⊙" {
			continue
		}
		for j, gate := range Children(lower) {
			if Children(lower)[1-j] == x && compares(gate, x, "<", "<=") {
				return x, LeakyReLU(alpha), append(upper, from[i], lower, gate), true
			}
		}
	}
	return nil, a, nil, false
}
