package op_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// flat are the numbers of a head but for the largest logit.
func flat(h op.AttentionHead) []float64 {
	return append([]float64{h.Entropy, h.Even, h.First, h.QueryL2, h.KeyL2, float64(h.Rows), float64(h.Cols)}, h.Map...)
}

// The measurements of heads are what their definitions say, however long the sequences are, in both types. In float32 the logits are rounded,
// and so is each probability by 2^-24 times its logit: the tolerance has room for logits of about 100.
func TestAttentionMeterByDefinition(t *testing.T) {
	for _, s := range append(attentions(), longAttentions()...) {
		for _, padded := range []bool{false, true} {
			in, masks := s.operands(), s.masks()
			nodes := inputs(append(in, masks...)...)
			y := must(t)(op.Attention(nodes[0], nodes[1], nodes[2], s.config(nodes[3:])))
			meter := op.NewAttentionMeter(y, padded)
			for _, side := range []int{0, 3, 16} {
				want := plainAttention{s, in[0], in[1], in[2], masks}.measured(side, padded)
				expectHeads(t, s, meter, values(append(in, masks...)), side, want, 1e-13)
				expectHeads(t, s, meter, values(rounded(append(in, masks...))), side, want, 1e-5)
			}
		}
	}
}

func expectHeads(t *testing.T, s attentionCase, meter *op.AttentionMeter, values []gorgonia.Value, side int, want []op.AttentionHead, tolerance float64) {
	t.Helper()
	got, err := meter.Measure(values, nil, side)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	for i, h := range got {
		if e := goldens.RelErr(flat(h), flat(want[i])); !(e <= tolerance) {
			t.Errorf("%+v, maps of %d: head %d: got %v, want %v", s, side, i, flat(h), flat(want[i]))
		}
		if h.Top != want[i].Top && !(math.Abs(h.Top-want[i].Top) <= tolerance*(1+math.Abs(want[i].Top))) {
			t.Errorf("%+v: head %d: got a largest logit of %g, want %g", s, i, h.Top, want[i].Top)
		}
	}
}

func values(list []*tensor.Dense) (v []gorgonia.Value) {
	for _, x := range list {
		v = append(v, x)
	}
	return v
}

// rounded are values in float32, but for integers.
func rounded(list []*tensor.Dense) (single []*tensor.Dense) {
	for _, x := range list {
		if x.Dtype() == tensor.Float64 {
			data := make([]float32, x.Shape().TotalSize())
			for i, v := range x.Float64s() {
				data[i] = float32(v)
			}
			x = tensor.New(tensor.WithShape(x.Shape()...), tensor.WithBacking(data))
		}
		single = append(single, x)
	}
	return single
}

// A packed attention is measured as one of its thirds. Other nodes have no meter, and wrong values are errors.
func TestAttentionMeterOfPackedInputs(t *testing.T) {
	s := attentionCase{batch: 2, queries: 5, keys: 5, heads: 2, width: 3, valueWidth: 3, causal: true}
	x := s.packed()[0]
	nodes := inputs(x)
	meter := op.NewAttentionMeter(must(t)(op.SelfAttention(nodes[0], s.config(nil))), true)
	third := func(i int) *tensor.Dense {
		part := make([]float64, 0, 10*6)
		for row := range 10 {
			part = append(part, x.Float64s()[row*18+6*i:][:6]...)
		}
		return newTensor(tensor.Float64, part, 2, 5, 6)
	}
	want := plainAttention{s, third(0), third(1), third(2), nil}.measured(4, false)
	expectHeads(t, s, meter, values([]*tensor.Dense{x}), 4, want, 1e-13)
	if n := testing.AllocsPerRun(3, func() { _, _ = meter.Measure([]gorgonia.Value{x}, nil, 4) }); n > 2 { // the call and the list of its operands
		t.Errorf("got %g allocations in a measurement, want at most 2", n)
	}
	if op.NewAttentionMeter(nodes[0], false) != nil {
		t.Error("got a meter of an input, want none")
	}
	for _, wrong := range [][]gorgonia.Value{nil, {randn(1, 2, 4, 18)}} {
		if _, err := meter.Measure(wrong, nil, 4); err == nil {
			t.Errorf("got no error for values %v", wrong)
		}
	}
}
