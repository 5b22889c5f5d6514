package op_test

import (
	"testing"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// longAttentions are longer than the blocks in which logits are computed, with ends within and between blocks.
func longAttentions() []attentionCase {
	return []attentionCase{
		{batch: 2, queries: 200, keys: 200, heads: 2, width: 5, valueWidth: 5},
		{batch: 2, queries: 200, keys: 200, heads: 2, width: 5, valueWidth: 5, causal: true},
		{batch: 2, queries: 128, keys: 256, heads: 1, width: 8, valueWidth: 3, causal: true, mask: 2},
		{batch: 3, queries: 70, keys: 130, heads: 2, width: 4, valueWidth: 6, lengths: true, mask: 4, scale: 2},
		{batch: 1, queries: 300, keys: 100, heads: 1, width: 3, valueWidth: 3, causal: true, lengths: true},
	}
}

// Attention and its statistics are what their definitions say, however long the sequences are.
func TestAttentionByDefinition(t *testing.T) {
	for _, s := range append(attentions(), longAttentions()...) {
		in, masks := s.operands(), s.masks()
		plain := plainAttention{s, in[0], in[1], in[2], masks}
		nodes := inputs(append(in, masks...)...)
		c := s.config(nodes[3:])
		y, statistics := must(t)(op.Attention(nodes[0], nodes[1], nodes[2], c)), must(t)(op.AttentionStatistics(nodes[0], nodes[1], c))
		run(t, y, statistics)
		if e := goldens.RelErr(floats(t, y), plain.result()); !(e <= 1e-13) {
			t.Errorf("%+v: the result differs by %g of its largest element", s, e)
		}
		if e := goldens.RelErr(floats(t, statistics), plain.statistics()); !(e <= 1e-13) {
			t.Errorf("%+v: got statistics %v, want %v", s, floats(t, statistics), plain.statistics())
		}
	}
}
