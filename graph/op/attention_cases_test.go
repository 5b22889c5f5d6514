package op_test

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// An attentionCase is an attention of some queries and keys, with heads of a width and a width of values.
type attentionCase struct {
	batch, queries, keys, heads, width, valueWidth int

	causal  bool
	scale   float64
	lengths bool
	mask    int // dimensions
}

// operands draws queries, keys and values.
func (s attentionCase) operands() []*tensor.Dense {
	return []*tensor.Dense{randn(1, s.batch, s.queries, s.heads*s.width), randn(2, s.batch, s.keys, s.heads*s.width),
		randn(3, s.batch, s.keys, s.heads*s.valueWidth)}
}

// packed draws queries, keys and values in one tensor.
func (s attentionCase) packed() []*tensor.Dense {
	return []*tensor.Dense{randn(4, s.batch, s.queries, 3*s.heads*s.width)}
}

// masks draws lengths from all keys down to none, and a mask that hides the first key from the last query and all keys from the first,
// if there are several.
func (s attentionCase) masks() (list []*tensor.Dense) {
	if s.lengths {
		lengths := make([]int, s.batch)
		for i := range lengths {
			lengths[i] = max(0, s.keys-2*i)
		}
		list = append(list, newLabels(lengths...))
	}
	shape := []int{s.batch, s.heads, s.queries, s.keys}
	if s.mask > 0 {
		m := randn(5, shape[4-s.mask:]...)
		data := m.Float64s()
		for i := range s.keys * min(s.queries-1, 1) {
			data[i] = math.Inf(-1)
		}
		if s.keys > 1 {
			data[(s.queries-1)*s.keys] = math.Inf(-1)
		}
		list = append(list, m)
	}
	return list
}

// config is the configuration with the masks among the nodes of a case.
func (s attentionCase) config(masks gorgonia.Nodes) op.AttentionConfig {
	c := op.AttentionConfig{Heads: s.heads, Causal: s.causal, Scale: s.scale}
	if s.lengths {
		c.Lengths, masks = masks[0], masks[1:]
	}
	if s.mask > 0 {
		c.Mask = masks[0]
	}
	return c
}

// attentions are of one and of several queries, with odd widths, ragged lengths and masks.
func attentions() (list []attentionCase) {
	for _, s := range []attentionCase{
		{batch: 1, queries: 1, keys: 1, heads: 1, width: 1, valueWidth: 1}, {batch: 2, queries: 1, keys: 3, heads: 1, width: 2, valueWidth: 3},
		{batch: 2, queries: 3, keys: 3, heads: 2, width: 3, valueWidth: 3}, {batch: 3, queries: 4, keys: 2, heads: 1, width: 5, valueWidth: 1},
		{batch: 2, queries: 2, keys: 5, heads: 3, width: 1, valueWidth: 2},
	} {
		list = append(list, s)
		s.causal = true
		list = append(list, s)
		s.lengths = true
		list = append(list, s)
		s.mask, s.scale = 4, 1.3
		list = append(list, s)
		s.causal, s.mask = false, 2
		list = append(list, s)
	}
	return list
}

func attentionCases() (cases []gradientCase) {
	for _, s := range attentions() {
		add := func(name string, in []*tensor.Dense, draw func(in gorgonia.Nodes, c op.AttentionConfig) (*gorgonia.Node, error)) {
			c := gradientCase{op: name, name: fmt.Sprintf("%+v", s), in: append(in, s.masks()...)}
			for i := len(in); i < len(c.in); i++ {
				c.fixed = append(c.fixed, i)
			}
			c.draw = func(nodes gorgonia.Nodes) (*gorgonia.Node, error) { return draw(nodes, s.config(nodes[len(in):])) }
			cases = append(cases, c)
		}
		add("Attention", s.operands(), func(in gorgonia.Nodes, c op.AttentionConfig) (*gorgonia.Node, error) {
			return op.Attention(in[0], in[1], in[2], c)
		})
		if s.queries == s.keys {
			add("SelfAttention", s.packed(), func(in gorgonia.Nodes, c op.AttentionConfig) (*gorgonia.Node, error) {
				return op.SelfAttention(in[0], c)
			})
		}
	}
	return cases
}

// attentionOpCases has attributes near each other.
func attentionOpCases() (cases []opCase) {
	for i, c := range []op.AttentionConfig{{}, {Heads: 2}, {Causal: true}, {Scale: 1}, {Scale: 1.0000000000000002}, {Heads: 2, Causal: true}} {
		cases = append(cases,
			opCase{op: "Attention", name: fmt.Sprint(i), in: "cdf", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return op.Attention(in[0], in[1], in[2], c)
			}},
			opCase{op: "Attention", name: fmt.Sprint(i, " with lengths"), in: "cdfn", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				c := c
				c.Lengths = in[3]
				return op.Attention(in[0], in[1], in[2], c)
			}},
			opCase{op: "SelfAttention", name: fmt.Sprint(i), in: "p", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
				return op.SelfAttention(in[0], c)
			}})
	}
	return cases
}
