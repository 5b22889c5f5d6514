package onnx

import (
	"math"

	"github.com/gradflow/gradflow/graph/op"
)

// GELU has no operation before opset 20: exporters write x/2·(1 + erf(x/√2)) out. It is drawn as one activation, so that a diagnosis knows
// it.

// gelu is the activation if the product of two values is one that is written out; nil if not.
func (c *call) gelu(a, b *value) *value {
	factor, parts := 1.0, []*value{}
	for _, v := range []*value{a, b} {
		k, inner := factors(v)
		factor, parts = factor*k, append(parts, inner...)
	}
	if len(parts) != 2 || !near(factor, 0.5) {
		return nil
	}
	for i, x := range parts {
		erf := onePlus(parts[1-i])
		if erf == nil || erf.by == nil || erf.by.Op != "Erf" {
			continue
		}
		if from, scale := scaled(erf.reads[0]); from != nil && x.node != nil && from.node == x.node && near(scale, math.Sqrt2/2) {
			return c.activate(op.GELU, 0, x)
		}
	}
	return nil
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-5*math.Abs(b) }

// lone is the number of a known value that has one.
func lone(v *value) (number float64, ok bool) {
	if v == nil || !v.known() || len(v.numbers) != 1 {
		return 0, false
	}
	return v.numbers[0], true
}

// factors splits a value into a known number and the values that depend on data, through one product.
func factors(v *value) (factor float64, parts []*value) {
	if k, ok := lone(v); ok {
		return k, nil
	}
	if v.by == nil || v.by.Op != "Mul" {
		return 1, []*value{v}
	}
	factor = 1
	for _, inner := range v.reads {
		if k, ok := lone(inner); ok {
			factor *= k
		} else {
			parts = append(parts, inner)
		}
	}
	return factor, parts
}

// onePlus is y if v is 1 + y; nil if not.
func onePlus(v *value) *value {
	if v.by == nil || v.by.Op != "Add" {
		return nil
	}
	for i, inner := range v.reads {
		if k, ok := lone(inner); ok && k == 1 {
			return v.reads[1-i]
		}
	}
	return nil
}

// scaled is x and c if v is c·x or x/(1/c); nil if not.
func scaled(v *value) (x *value, c float64) {
	if v.by == nil {
		return nil, 0
	}
	if k, ok := lone(v.reads[len(v.reads)-1]); ok && v.by.Op == "Div" {
		return v.reads[0], 1 / k
	}
	if factor, parts := factors(v); v.by.Op == "Mul" && len(parts) == 1 {
		return parts[0], factor
	}
	return nil, 0
}
