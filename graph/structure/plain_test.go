package structure_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// The four networks of the demo, with fewer layers, and one with projections.
func TestModels(t *testing.T) {
	golden(t, "mlp", built(t, mlp.Model{Input: 6, Depth: 3, Width: 5, Output: 3, Activation: graph.Sigmoid}))
	golden(t, "mlp-batchnorm", built(t, mlp.Model{Input: 6, Depth: 3, Width: 5, Output: 3, Norm: graph.BN, Dropout: 0.5}))
	golden(t, "resnet", built(t, resnet.Model{Input: 6, Blocks: 2, Width: 5, Output: 3}))
	golden(t, "resnet-projection", built(t, resnet.Model{Input: 6, Widths: []int{5, 7}, Output: 3, Norm: graph.LN}))
	golden(t, "resnet-preactivation", built(t, resnet.Model{Input: 6, Blocks: 2, Width: 5, Output: 3, Norm: graph.BN, PreActivation: true}))
}

// sigmoidLayer is a layer as a user writes it, without the layers of package graph.
func sigmoidLayer(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("mine")
	in := x.Shape()[1]
	w := b.Param(graph.Param{Name: "w", Role: graph.Weight, Init: initializer.XavierNormal{}, Fan: initializer.Fan{In: in, Out: 6}}, in, 6)
	bias := b.Param(graph.Param{Name: "b", Role: graph.Bias, Init: initializer.Constant{}}, 6)
	return b.Check(op.Activate(op.Sigmoid, 0, b.Check(op.Linear(x, w, bias))))
}

func TestLayersOfAUser(t *testing.T) {
	var model graph.Sequential
	for range 30 {
		model = append(model, graph.LayerFunc(sigmoidLayer))
	}
	net := built(t, append(model, graph.Dense{Units: 3}))
	expectSigmoidStack(t, net, "mine1")
	golden(t, "user-layers", net)
}

func TestStockLayers(t *testing.T) {
	s := newSketch()
	h := s.input("x", 4, 6)
	for i := range 30 {
		h = must(gorgonia.Sigmoid(s.affine(h, fmt.Sprintf("mine%d", i+1), 6)))
	}
	net := s.find(t, must(gorgonia.Mean(must(gorgonia.Square(s.affine(h, "out", 3))))))
	expectSigmoidStack(t, net, "mine1")
}

// expectSigmoidStack wants 30 sigmoid layers and an output.
func expectSigmoidStack(t *testing.T, net *structure.Network, first string) {
	t.Helper()
	if len(net.Layers) != 31 || net.Depth() != 31 || len(net.Blocks)+len(net.Gates)+len(net.Sequences)+len(net.Unreached()) > 0 {
		t.Fatalf("found\n%v", net)
	}
	for i, l := range net.Layers[:30] {
		if l.Depth != i+1 || l.Act == nil || l.Activation != op.Sigmoid || len(l.Bias) != 1 || l.Out() != 6 || l.In() != 6 {
			t.Errorf("layer %d is %+v", i+1, l)
		}
	}
	if net.Layers[0].Path != first || net.Layers[30].Act != nil {
		t.Errorf("the first layer is %s, the output has an activation: %v", net.Layers[0].Path, net.Layers[30].Act != nil)
	}
}

func TestConvolutions(t *testing.T) {
	s := newSketch()
	h := s.input("x", 2, 3, 8, 8)
	for i := range 20 {
		w := s.weight(fmt.Sprintf("conv%d.filter", i+1), 4, h.Shape()[1], 3, 3)
		h = must(gorgonia.Conv2d(h, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
		h = must(gorgonia.Sigmoid(h))
	}
	h = must(gorgonia.MaxPool2D(h, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	h = must(gorgonia.Reshape(h, tensor.Shape{2, 64}))
	net := s.find(t, s.affine(h, "out", 3))
	if net.Depth() != 21 || len(net.Layers) != 21 {
		t.Errorf("depth %d with %d layers", net.Depth(), len(net.Layers))
	}
	for _, l := range net.Layers[:20] {
		if l.Maps[0].Kind != structure.Convolution || l.UnitAxis != 2 || l.Out() != 4 || l.Activation != op.Sigmoid {
			t.Errorf("a convolution is %+v", l)
		}
	}
	golden(t, "convolutions", net)
}

// A weight on the left of samples in columns, vectors, transposed and sliced weights, and a batched product.
func TestWeightsInAllForms(t *testing.T) {
	s := newSketch()
	x := s.input("x", 6, 4)
	h := must(gorgonia.Tanh(must(gorgonia.Mul(s.weight("left", 5, 6), x))))
	h = must(gorgonia.Tanh(must(gorgonia.Mul(must(gorgonia.Transpose(s.weight("transposed", 5, 7))), h))))
	h = must(gorgonia.Tanh(must(gorgonia.Mul(must(gorgonia.Slice(s.weight("sliced", 9, 7), gorgonia.S(0, 3))), h))))
	h = must(gorgonia.Tanh(must(gorgonia.Mul(must(gorgonia.Reshape(s.weight("reshaped", 6), tensor.Shape{2, 3})), h))))
	h = must(gorgonia.BatchedMatMul(must(gorgonia.Reshape(h, tensor.Shape{1, 2, 4})), s.weight("batched", 1, 4, 3)))
	h = must(gorgonia.Tanh(must(gorgonia.Reshape(h, tensor.Shape{2, 3}))))
	h = must(gorgonia.Mul(h, s.weight("vector", 3)))
	net := s.find(t, must(gorgonia.Mul(s.weight("dot", 2), h)))
	golden(t, "weights", net)
	if len(net.Unreached()) > 0 {
		t.Errorf("unreached: %v", net.Unreached())
	}
}

// An embedding of ours and one of Gorgonia's, with a table of positions added.
func TestEmbedding(t *testing.T) {
	s := newSketch()
	tokens := s.labels("tokens", 4)
	ours := must(op.Embedding(s.weight("words.table", 9, 5), tokens))
	stock := must(gorgonia.ByIndices(s.weight("places.table", 9, 5), tokens, 0))
	h := must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Add(ours, s.weight("positions", 4, 5))), stock))))
	golden(t, "embedding", s.find(t, s.affine(h, "out", 3)))
}

// Products over several axes and of vectors, and samples that are part of the graph.
func TestOtherProducts(t *testing.T) {
	s := newSketch()
	x := gorgonia.NewConstant(tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(4, 2, 3)), gorgonia.WithName("samples"))
	h := must(gorgonia.Tensordot([]int{1, 2}, []int{0, 1}, x, s.weight("several", 2, 3, 5)))
	h = must(gorgonia.Tensordot([]int{1}, []int{1}, s.weight("left", 6, 5), must(gorgonia.Tanh(h))))
	h = must(gorgonia.Tanh(must(gorgonia.Mul(must(gorgonia.Tanh(h)), s.weight("vector", 4)))))
	net := s.find(t, must(gorgonia.OuterProd(h, s.weight("outer", 3))))
	golden(t, "other-products", net)
}
