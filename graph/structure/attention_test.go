package structure_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/lang"
)

// layerNorm is a normalisation over the features, written out.
func layerNorm(s *sketch, x *gorgonia.Node, name string) *gorgonia.Node {
	mean := must(op.ReduceMean(x, []int{1}, true))
	centred := must(op.BroadcastSub(x, mean))
	variance := must(op.ReduceMean(must(gorgonia.Square(centred)), []int{1}, true))
	deviation := must(gorgonia.Sqrt(must(gorgonia.Add(variance, gorgonia.NewConstant(1e-5)))))
	y := must(op.BroadcastMul(must(op.BroadcastDiv(centred, deviation)), s.weight(name+"/gain", 1, x.Shape()[1])))
	return must(op.BroadcastAdd(y, s.weight(name+"/shift", 1, x.Shape()[1])))
}

// A block of a transformer, written out: attention of two heads on normalised input, then two layers, both with a skip.
func transformer(s *sketch, x *gorgonia.Node, name string, softmax func(*gorgonia.Node) *gorgonia.Node) *gorgonia.Node {
	width := x.Shape()[1]
	normed := layerNorm(s, x, name+"/norm1")
	var heads []*gorgonia.Node
	for i := range 2 {
		part := func(kind string) *gorgonia.Node {
			return s.mul(normed, fmt.Sprintf("%s/%s%d", name, kind, i+1), width/2)
		}
		q, k, v := part("q"), part("k"), part("v")
		scores := must(gorgonia.Mul(q, must(gorgonia.Transpose(k))))
		scores = must(gorgonia.Mul(scores, gorgonia.NewConstant(1/math.Sqrt(float64(width/2)))))
		scores = must(gorgonia.Add(scores, s.input(name+"/mask", x.Shape()[0], x.Shape()[0])))
		heads = append(heads, must(gorgonia.Mul(softmax(scores), v)))
	}
	x = must(gorgonia.Add(x, s.affine(must(gorgonia.Concat(1, heads...)), name+"/o", width)))
	h := s.affine(layerNorm(s, x, name+"/norm2"), name+"/up", 2*width)
	return must(gorgonia.Add(x, s.affine(must(op.Activate(op.GELU, 0, h)), name+"/down", width)))
}

func stockSoftmax(x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.SoftMax(x)) }

// writtenSoftmax takes the maximum off first.
func writtenSoftmax(x *gorgonia.Node) *gorgonia.Node {
	e := must(gorgonia.Exp(must(op.BroadcastSub(x, must(op.ReduceMax(x, []int{1}, true))))))
	return must(op.BroadcastDiv(e, must(op.ReduceSum(e, []int{1}, true))))
}

func TestAttention(t *testing.T) {
	var nets []*structure.Network
	for _, softmax := range []func(*gorgonia.Node) *gorgonia.Node{stockSoftmax, writtenSoftmax} {
		s := newSketch()
		x := must(gorgonia.ByIndices(s.weight("words.table", 9, 6), s.labels("tokens", 5), 0))
		x = transformer(s, transformer(s, x, "layer1", softmax), "layer2", softmax)
		net := s.find(t, s.affine(x, "out", 3))
		golden(t, "transformer", net)
		nets = append(nets, net)
		if list := net.Unreached(); len(list) > 0 {
			t.Errorf("%d parameters are unreached, the first is %s", len(list), list[0].Name)
		}
	}
	for _, a := range nets[0].Attentions {
		if len(a.Heads) != 2 || len(a.Query) != 2 || nets[0].Layers[a.Output].Path[7:] != "o" {
			t.Errorf("an attention is %+v", a)
		}
		for _, at := range [][]int{a.Query, a.Key, a.Value} {
			if nets[0].Layers[at[0]].Depth != nets[0].Layers[at[1]].Depth {
				t.Errorf("heads of different depth: %v", at)
			}
		}
	}
}

// Heads in one tensor of four dimensions, with one product for q, k and v of all heads each.
func TestAttentionOfReshapedHeads(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.Tanh(s.affine(s.input("x", 10, 3), "stem", 6))) // 2 sequences of 5
	split := func(name string) *gorgonia.Node {
		parts := must(gorgonia.Reshape(s.affine(x, name, 6), tensor.Shape{2, 5, 3, 2}))
		return must(gorgonia.Transpose(parts, 0, 2, 1, 3))
	}
	q, k, v := split("q"), split("k"), split("v")
	weights := must(op.Softmax(must(op.Scale(must(op.BatchedMatMul(q, k, false, true)), 0.7))))
	mix := must(op.BatchedMatMul(weights, v, false, false))
	mix = must(gorgonia.Reshape(must(gorgonia.Transpose(mix, 0, 2, 1, 3)), tensor.Shape{10, 6}))
	golden(t, "attention-reshaped", s.find(t, must(gorgonia.Add(x, s.affine(mix, "o", 6)))))
}

// A decoder attends to what an encoder gives: its skip is an identity although the branch reads the encoder too.
func TestCrossAttention(t *testing.T) {
	s := newSketch()
	memory := must(gorgonia.Tanh(s.affine(s.input("source", 5, 6), "encoder", 6)))
	x := must(gorgonia.Tanh(s.affine(s.input("target", 4, 6), "decoder", 6)))
	q, k, v := s.mul(x, "cross/q", 6), s.mul(memory, "cross/k", 6), s.mul(memory, "cross/v", 6)
	weights := must(gorgonia.SoftMax(must(gorgonia.Mul(q, must(gorgonia.Transpose(k))))))
	x = must(gorgonia.Add(x, s.affine(must(gorgonia.Mul(weights, v)), "cross/o", 6)))
	net := s.find(t, s.affine(x, "out", 3))
	golden(t, "cross-attention", net)
	if len(net.Blocks) != 1 || len(net.Attentions) != 1 {
		t.Errorf("found\n%v", net)
	}
}

// The operation for attention is attention of as many heads, whose queries, keys and values come from one layer or from three.
func TestFusedAttention(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.Tanh(s.affine(s.input("x", 10, 3), "stem", 6))) // 2 sequences of 5
	sequences := func(rows *gorgonia.Node) *gorgonia.Node {
		return must(gorgonia.Reshape(rows, tensor.Shape{2, 5, rows.Shape()[1]}))
	}
	self := must(op.SelfAttention(sequences(s.affine(x, "qkv", 18)), op.AttentionConfig{Heads: 3}))
	x = must(gorgonia.Add(x, s.affine(must(gorgonia.Reshape(self, tensor.Shape{10, 6})), "o1", 6)))
	q, k, v := sequences(s.affine(x, "q", 4)), sequences(s.affine(x, "k", 4)), sequences(s.affine(x, "v", 6))
	cross := must(op.Attention(q, k, v, op.AttentionConfig{Heads: 2}))
	x = must(gorgonia.Add(x, s.affine(must(gorgonia.Reshape(cross, tensor.Shape{10, 6})), "o2", 6)))
	net := s.find(t, s.affine(x, "out", 3))
	name := func(i int) string { return net.Layers[i].Path }
	var got []string
	for _, a := range net.Attentions {
		got = append(got, fmt.Sprint(len(a.Heads), " ", name(a.Query[0]), " ", name(a.Key[0]), " ", name(a.Value[0]), " ", name(a.Output)))
	}
	if want := []string{"3 qkv qkv qkv o1", "2 q k v o2"}; !slices.Equal(got, want) {
		t.Errorf("got attentions %q, want %q, in\n%v", got, want, net)
	}
	if len(net.Blocks) != 2 {
		t.Errorf("got %d blocks, want 2, in\n%v", len(net.Blocks), net)
	}
}

// A product of two samples without a softmax is no attention, and a softmax at the end is none either.
func TestProductsWithoutSoftmax(t *testing.T) {
	s := newSketch()
	x := s.input("x", 4, 6)
	a, b := s.affine(x, "a", 5), s.affine(x, "b", 5)
	scores := must(gorgonia.Mul(a, must(gorgonia.Transpose(b))))
	net := s.find(t, must(gorgonia.SoftMax(s.affine(must(gorgonia.Mul(scores, x)), "out", 3))))
	if len(net.Attentions) > 0 || len(net.Layers) != 3 || net.Depth() != 2 {
		t.Errorf("found\n%v", net)
	}
}

// The tree has a Chinese form with the same lines.
func TestTreeInChinese(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.ByIndices(s.weight("words.table", 9, 6), s.labels("tokens", 5), 0))
	x = transformer(s, x, "layer1", stockSoftmax)
	s.weight("unused", 3, 3)
	net := s.find(t, s.affine(x, "out", 3))
	english, chinese := net.String(), net.In(lang.Chinese)
	if strings.Count(english, "\n") != strings.Count(chinese, "\n") {
		t.Errorf("got\n%s\nwant the lines of\n%s", chinese, english)
	}
	for _, want := range []string{
		"网络：11 层、深度 6、2 个块、1 个注意力\n", "1 words：查表 -> 6\n", "layer1：恒等跳跃\n", "2 头注意力\n", "layer1/q1：6 -> 3、查询\n", "5 layer1/down：12 -> 6、偏置\n",
		"不属于任何部分：\n  unused (3, 3)：没有运算把它与样本结合\n",
	} {
		if !strings.Contains(chinese, want) {
			t.Errorf("%q is missing in\n%s", want, chinese)
		}
	}
}
