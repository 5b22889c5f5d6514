package op_test

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
	"github.com/gradflow/gradflow/internal/kernel"
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

// Attention is what its definition says, however long the sequences are.
func TestAttentionByDefinition(t *testing.T) {
	for _, s := range append(attentions(), longAttentions()...) {
		in, masks := s.operands(), s.masks()
		plain := plainAttention{s, in[0], in[1], in[2], masks}
		nodes := inputs(append(in, masks...)...)
		c := s.config(nodes[3:])
		y := must(t)(op.Attention(nodes[0], nodes[1], nodes[2], c))
		run(t, y)
		if e := goldens.RelErr(floats(t, y), plain.result()); !(e <= 1e-13) {
			t.Errorf("%+v: the result differs by %g of its largest element", s, e)
		}
	}
}

// run computes an attention and its gradients for a given gradient of the result.
func (s attentionCase) run(t *testing.T, packed bool, values ...*tensor.Dense) (results [][]float64, m *machine.Machine) {
	t.Helper()
	nodes := inputs(values...)
	count := 3
	if packed {
		count = 1
	}
	masks, dy := nodes[count:len(nodes)-1], nodes[len(nodes)-1]
	var y *gorgonia.Node
	if packed {
		y = must(t)(op.SelfAttention(nodes[0], s.config(masks)))
	} else {
		y = must(t)(op.Attention(nodes[0], nodes[1], nodes[2], s.config(masks)))
	}
	loss := must(t)(gorgonia.Sum(must(t)(op.Mul(y, dy))))
	outputs := append(grad(t, loss, nodes[:count]...), y)
	m = machine.New(loss.Graph(), outputs...)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, n := range outputs {
		results = append(results, slices.Clone(floats(t, n)))
	}
	return results, m
}

// The gradients of long attentions are slopes: along a random direction, with the tolerance of TestGradientIsSlope.
func TestGradientOfLongAttention(t *testing.T) {
	for _, s := range longAttentions() {
		in, masks, dy := s.operands(), s.masks(), randn(9, s.batch, s.queries, s.heads*s.valueWidth)
		results, _ := s.run(t, false, append(append(in, masks...), dy)...)
		at := func(h float64) (loss float64) {
			moved := s.operands()
			for i, x := range moved {
				for j := range x.Float64s() {
					x.Float64s()[j] += h * direction(i, j)
				}
			}
			for i, y := range (plainAttention{s, moved[0], moved[1], moved[2], masks}).result() {
				loss += y * dy.Float64s()[i]
			}
			return loss
		}
		want, got := 0.0, 0.0
		for i := range in {
			for j, g := range results[i] {
				got += g * direction(i, j)
			}
		}
		const h = 1e-5
		if want = (at(h) - at(-h)) / (2 * h); !(math.Abs(got-want) <= 1e-6*math.Abs(want)) {
			t.Errorf("%+v: got a slope of %g, want %g", s, got, want)
		}
	}
}

// direction is element j of a direction for operand i.
func direction(i, j int) float64 { return math.Sin(float64(3*i + 7*j)) }

// exactness is the error of numbers that have the same bits with our products, and the same up to rounding with those of OpenBLAS.
func exactness() float64 {
	if strings.HasPrefix(kernel.Products().Name, "OpenBLAS") {
		return 1e-14
	}
	return 0
}

// A padded batch gives the same bits as its sequences alone, forwards and back, and nothing for the padding.
func TestPaddedAttentionIsThatOfItsSequences(t *testing.T) {
	for _, causal := range []bool{false, true} {
		const longest, heads, width = 150, 2, 8
		lengths := []int{150, 1, 70, 129}
		s := attentionCase{batch: len(lengths), queries: longest, keys: longest, heads: heads, width: width, valueWidth: width, causal: causal, lengths: true}
		x, dy := randn(1, s.batch, longest, 3*heads*width), randn(2, s.batch, longest, heads*width)
		for i, n := range lengths {
			clear(dy.Float64s()[(i*longest+n)*heads*width : (i+1)*longest*heads*width])
		}
		padded, _ := s.run(t, true, x, newLabels(lengths...), dy)
		for i, n := range lengths {
			part := func(v *tensor.Dense) *tensor.Dense {
				features := v.Shape()[2]
				return newTensor(tensor.Float64, slices.Clone(v.Float64s()[i*longest*features:][:n*features]), 1, n, features)
			}
			alone := attentionCase{batch: 1, queries: n, keys: n, heads: heads, width: width, valueWidth: width, causal: causal}
			results, _ := alone.run(t, true, part(x), part(dy))
			for j, features := range []int{3 * heads * width, heads * width} {
				got := padded[j][i*longest*features : (i+1)*longest*features]
				if !(goldens.RelErr(got[:n*features], results[j]) <= exactness()) {
					t.Errorf("causal=%v, length %d: result %d of the padded batch differs from that of the sequence alone", causal, n, j)
				}
				if j == 0 && slices.ContainsFunc(got[n*features:], func(v float64) bool { return v != 0 }) {
					t.Errorf("causal=%v, length %d: the padding has a gradient", causal, n)
				}
			}
		}
	}
}

// Results do not depend on the number of cores, and memory grows with the length, not with its square.
func TestAttentionOnSeveralCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := attentionCase{batch: 1, queries: 2048, keys: 2048, heads: 1, width: 4, valueWidth: 4, causal: true}
	values := append(s.operands(), randn(2, 1, 2048, 4))
	want, m := s.run(t, false, values...)
	memory, err := m.Memory()
	if err != nil {
		t.Fatal(err)
	}
	if limit := 8 * 2048 * 4 * 10; memory.Peak > limit {
		t.Errorf("got %d bytes, want at most those of ten operands, %d", memory.Peak, limit)
	}
	runtime.GOMAXPROCS(4)
	got, _ := s.run(t, false, values...)
	for i := range want {
		if !(goldens.RelErr(got[i], want[i]) <= exactness()) {
			t.Errorf("result %d is another on 4 cores than on 1", i)
		}
	}
}

// Logits of any size give finite results: the largest is subtracted first.
func TestAttentionOfLargeLogits(t *testing.T) {
	s := attentionCase{batch: 1, queries: 3, keys: 200, heads: 1, width: 2, valueWidth: 1, scale: 1e6}
	results, _ := s.run(t, false, append(s.operands(), randn(2, 1, 3, 1))...)
	for i, list := range results {
		if slices.ContainsFunc(list, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
			t.Errorf("result %d is not finite: %v", i, list)
		}
	}
}

func TestWrongAttention(t *testing.T) {
	x, wide, other := randn(1, 2, 3, 4), randn(2, 2, 3, 6), randn(3, 1, 3, 4)
	self := func(c op.AttentionConfig) binary {
		return func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.SelfAttention(x, c) }
	}
	cross := func(c op.AttentionConfig) binary {
		return func(q, kv *gorgonia.Node) (*gorgonia.Node, error) { return op.Attention(q, kv, kv, c) }
	}
	masked := func(q, mask *gorgonia.Node) (*gorgonia.Node, error) {
		return op.Attention(q, q, q, op.AttentionConfig{Mask: mask})
	}
	lengths := func(q, lengths *gorgonia.Node) (*gorgonia.Node, error) {
		return op.Attention(q, q, q, op.AttentionConfig{Lengths: lengths})
	}
	checkMistakes(t, []mistake{
		wrong("features that are no three", x, x, self(op.AttentionConfig{}), "4 features", "multiple of 3"),
		wrong("heads", wide, wide, cross(op.AttentionConfig{Heads: 4}), "6 features", "4 heads"),
		wrong("negative heads", x, x, cross(op.AttentionConfig{Heads: -1}), "-1 heads"),
		wrong("scale", x, x, cross(op.AttentionConfig{Scale: math.NaN()}), "scale NaN", "positive"),
		wrong("keys of another width", x, wide, cross(op.AttentionConfig{}), "keys", "(2, 3, 6)", "(2, Tk, 4)"),
		wrong("keys of another batch", x, other, cross(op.AttentionConfig{}), "keys", "(1, 3, 4)"),
		wrong("a mask of another size", x, randn(4, 3, 2), masked, "mask", "(3, 2)", "(3, 3)"),
		wrong("a mask of three axes", x, randn(4, 2, 3, 3), masked, "mask", "(2, 3, 3)", "(Tq, Tk)"),
		wrong("lengths of another batch", x, newLabels(1, 2, 3), lengths, "lengths", "got 3", "want 2"),
	})
	in := inputs(x, newLabels(1, 4))
	y := must(t)(lengths(in[0], in[1]))
	if err := machine.New(y.Graph(), y).RunAll(); err == nil || !strings.Contains(err.Error(), "length of sample 1: got 4, want 0 to 3") {
		t.Errorf("a length beyond the keys gives the error %v", err)
	}
}
