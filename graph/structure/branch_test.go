package structure_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// Eight towers side by side, then one layer: the depth is 2.
func TestTowers(t *testing.T) {
	s := newSketch()
	x := s.input("x", 4, 6)
	var towers []*gorgonia.Node
	for i := range 8 {
		towers = append(towers, must(gorgonia.Tanh(s.affine(x, fmt.Sprintf("tower%d", i+1), 3))))
	}
	net := s.find(t, s.affine(must(gorgonia.Concat(1, towers...)), "out", 2))
	golden(t, "towers", net)
	if net.Depth() != 2 || len(net.Layers) != 9 || len(net.Blocks) > 0 {
		t.Errorf("depth %d, %d layers, %d blocks", net.Depth(), len(net.Layers), len(net.Blocks))
	}
}

// Two outputs with a loss each.
func TestTwoHeads(t *testing.T) {
	s := newSketch()
	h := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "trunk", 5)))
	classes, size := s.affine(h, "classes", 3), s.affine(h, "size", 1)
	lossOfClasses := must(gorgonia.Mean(must(gorgonia.Square(classes))))
	lossOfSize := must(gorgonia.Mean(must(gorgonia.Square(size))))
	net := s.find(t, must(gorgonia.Add(lossOfClasses, lossOfSize)))
	golden(t, "two-heads", net)
	if two := s.find(t, lossOfClasses, lossOfSize); two.String() != net.String() {
		t.Errorf("with two losses\n%v\nwith their sum\n%v", two, net)
	}
}

// Two inputs of different widths, joined in two ways.
func TestTwoInputs(t *testing.T) {
	s := newSketch()
	x, y := s.input("x", 4, 6), s.input("y", 4, 3)
	sum := must(gorgonia.Tanh(must(gorgonia.Add(s.mul(x, "x.w", 5), s.mul(y, "y.w", 5)))))
	deep := must(gorgonia.Tanh(s.affine(must(gorgonia.Tanh(s.affine(y, "deep1", 5))), "deep2", 5)))
	golden(t, "two-inputs", s.find(t, s.affine(must(gorgonia.Concat(1, sum, deep)), "out", 2)))
}

func TestGatedLinearUnit(t *testing.T) {
	s := newSketch()
	h := s.input("x", 4, 6)
	for i := range 2 {
		value, gate := s.affine(h, fmt.Sprintf("value%d", i+1), 5), s.affine(h, fmt.Sprintf("gate%d", i+1), 5)
		h = must(gorgonia.HadamardProd(value, must(gorgonia.Sigmoid(gate))))
	}
	net := s.find(t, s.affine(h, "out", 2))
	golden(t, "glu", net)
	for i, g := range net.Gates {
		if got, want := net.Layers[g.Layer].Path, fmt.Sprintf("gate%d", i+1); got != want || g.Value.Op() == nil {
			t.Errorf("gate %d is of %s, want %s", i, got, want)
		}
	}
}

// A highway network: y = t·h + (1 - t)·x.
func TestHighway(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 5)))
	for i := range 2 {
		h := must(gorgonia.Tanh(s.affine(x, fmt.Sprintf("highway%d/h", i+1), 5)))
		gate := must(gorgonia.Sigmoid(s.affine(x, fmt.Sprintf("highway%d/t", i+1), 5)))
		carry := must(gorgonia.Sub(gorgonia.NewConstant(1.0), gate))
		x = must(gorgonia.Add(must(gorgonia.HadamardProd(gate, h)), must(gorgonia.HadamardProd(carry, x))))
	}
	net := s.find(t, s.affine(x, "out", 2))
	golden(t, "highway", net)
	for _, b := range net.Blocks {
		if b.Kind != structure.Gated {
			t.Errorf("block %s is %v, want gated", b.Path, b.Kind)
		}
	}
}

// A DenseNet, each layer of which reads all before it: with what came before added step by step, and all at once.
func TestDenseNet(t *testing.T) {
	for name, atOnce := range map[string]bool{"densenet": false, "densenet-at-once": true} {
		s := newSketch()
		h := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 4)))
		all := []*gorgonia.Node{h}
		for i := range 3 {
			y := must(gorgonia.Tanh(s.affine(h, fmt.Sprintf("grow%d", i+1), 2)))
			if all = append(all, y); atOnce {
				h = must(gorgonia.Concat(1, all...))
			} else {
				h = must(gorgonia.Concat(1, h, y))
			}
		}
		net := s.find(t, s.affine(h, "out", 2))
		golden(t, name, net)
		for _, b := range net.Blocks {
			if b.Kind != structure.Concat {
				t.Errorf("%s: block %s is %v, want a concatenation", name, b.Path, b.Kind)
			}
		}
	}
}

// A convolutional residual block with batch normalisation in all three layers, its projection too.
func TestConvolutionalBlock(t *testing.T) {
	s := newSketch()
	conv := func(x *gorgonia.Node, name string, side, stride int) *gorgonia.Node {
		pad := side / 2
		z := must(gorgonia.Conv2d(x, s.weight(name+".weight", 4, x.Shape()[1], side, side), tensor.Shape{side, side},
			[]int{pad, pad}, []int{stride, stride}, []int{1, 1}))
		gain, shift := s.weight(name+".gain", z.Shape()...), s.weight(name+".shift", z.Shape()...)
		z, _, _, _, err := gorgonia.BatchNorm(z, gain, shift, 0.9, 1e-5)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	x := must(gorgonia.Rectify(conv(s.input("x", 2, 3, 8, 8), "stem", 3, 1)))
	branch := conv(must(gorgonia.Rectify(conv(x, "block/conv1", 3, 2))), "block/conv2", 3, 1)
	h := must(gorgonia.Rectify(must(gorgonia.Add(branch, conv(x, "block/skip", 1, 2)))))
	golden(t, "convolutional-block", s.find(t, s.affine(must(gorgonia.Reshape(h, tensor.Shape{2, 64})), "out", 2)))
}

// A projection is found although samples that no layer has read, such as a mask, join the branch.
func TestProjectionBesideAMask(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 5)))
	h := must(gorgonia.Tanh(must(gorgonia.Add(s.affine(x, "a", 5), s.input("mask", 4, 5)))))
	sum := must(gorgonia.Add(s.mul(x, "skip", 7), s.affine(h, "b", 7)))
	net := s.find(t, s.affine(sum, "out", 2))
	if len(net.Blocks) != 1 || net.Blocks[0].Kind != structure.Projection || net.Layers[net.Blocks[0].Projection].Path != "skip" {
		t.Errorf("found\n%v", net)
	}
	if got := depths(net); got != "stem 1\na 2\nb 3\nskip 3\nout 4\n" { // although the skip was drawn before b
		t.Errorf("depths are\n%s", got)
	}
}

// The product of an activation and samples that no layer has read, as in a loss, is no gate.
func TestProductsThatAreNoGates(t *testing.T) {
	s := newSketch()
	p := must(gorgonia.Sigmoid(s.affine(s.input("x", 4, 6), "out", 3)))
	picked := must(gorgonia.HadamardProd(must(gorgonia.Neg(p)), s.input("target", 4, 3)))
	if net := s.find(t, must(gorgonia.Mean(picked))); len(net.Gates) > 0 || len(net.Layers) != 1 {
		t.Errorf("found\n%v", net)
	}
}

// An activation that is written out as x times a function of x is no gate.
func TestWrittenActivationsAreNoGates(t *testing.T) {
	for name, activation := range map[string]func(s *sketch, z *gorgonia.Node) *gorgonia.Node{
		"gelu": func(_ *sketch, z *gorgonia.Node) *gorgonia.Node {
			inner := must(gorgonia.Add(z, must(gorgonia.Mul(gorgonia.NewConstant(0.044715), must(gorgonia.Cube(z))))))
			tanh := must(gorgonia.Tanh(must(gorgonia.Mul(gorgonia.NewConstant(0.79788), inner))))
			return must(gorgonia.HadamardProd(z, must(gorgonia.Add(gorgonia.NewConstant(1.0), tanh))))
		},
		"swish with a slope": func(s *sketch, z *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.HadamardProd(must(gorgonia.Sigmoid(s.times(z, "slope"))), z))
		},
	} {
		s := newSketch()
		net := s.find(t, s.affine(activation(s, s.affine(s.input("x", 4, 6), "z", 5)), "out", 2))
		if len(net.Gates) > 0 || net.Depth() != 2 {
			t.Errorf("%s: found\n%v", name, net)
		}
	}
}

// An autoencoder that uses one weight in both directions.
func TestTiedWeights(t *testing.T) {
	s := newSketch()
	w := s.weight("tied", 6, 3)
	h := must(gorgonia.Sigmoid(must(gorgonia.Mul(s.input("x", 4, 6), w))))
	net := s.find(t, must(gorgonia.Mul(h, must(gorgonia.Transpose(w)))))
	golden(t, "tied", net)
	if len(net.Sequences) > 0 || !net.Layers[0].Maps[0].Shared || !net.Layers[1].Maps[0].Shared {
		t.Errorf("found\n%v", net)
	}
	ours := newSketch()
	w = ours.weight("tied", 6, 3)
	h = must(op.Activate(op.Sigmoid, 0, must(op.MatMul(ours.input("x", 4, 6), w, false, false))))
	if other := ours.find(t, must(op.MatMul(h, w, false, true))); other.String() != net.String() {
		t.Errorf("of our own operations\n%v\nof stock ones\n%v", other, net)
	}
}

// Skips that are scaled, masked by dropout or pooled pass their input on all the same.
func TestSkipsThatAreNotBare(t *testing.T) {
	for name, change := range map[string]func(s *sketch, x *gorgonia.Node) *gorgonia.Node{
		"scaled": func(_ *sketch, x *gorgonia.Node) *gorgonia.Node { return must(op.Scale(x, 0.5)) },
		"times": func(_ *sketch, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Mul(gorgonia.NewConstant(0.5), x))
		},
		"dropped": func(_ *sketch, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Dropout(x, 0.5)) },
		"masked": func(_ *sketch, x *gorgonia.Node) *gorgonia.Node {
			return must(op.Mul(x, must(op.DropoutMask(x, 0.5, "mask", 1, 2))))
		},
	} {
		s := newSketch()
		x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 5)))
		sum := must(gorgonia.Add(s.affine(must(gorgonia.Tanh(s.affine(x, "a", 5))), "b", 5), change(s, x)))
		net := s.find(t, s.affine(sum, "out", 2))
		if len(net.Blocks) != 1 || net.Blocks[0].Input != x || net.Blocks[0].Sum != sum || net.Blocks[0].Kind != structure.Identity {
			t.Errorf("%s: found\n%v", name, net)
		}
	}
}

// Sums that are no blocks: of towers, of a function written out, of what has no layer between.
func TestSumsThatAreNoBlocks(t *testing.T) {
	for name, sum := range map[string]func(s *sketch, x *gorgonia.Node) *gorgonia.Node{
		"towers": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Add(must(gorgonia.Tanh(s.affine(x, "a", 5))), must(gorgonia.Tanh(s.affine(x, "b", 5)))))
		},
		"written out": func(_ *sketch, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Add(x, must(gorgonia.Softplus(must(gorgonia.Neg(x))))))
		},
		"twice": func(_ *sketch, x *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Add(x, x)) },
	} {
		s := newSketch()
		x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 5)))
		if net := s.find(t, s.affine(sum(s, x), "out", 2)); len(net.Blocks) > 0 {
			t.Errorf("%s: found\n%v", name, net)
		}
	}
}

// An encoder and a decoder with skips by concatenation, one inside the other.
func TestNestedConcatenations(t *testing.T) {
	s := newSketch()
	outer := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "down1", 5)))
	inner := must(gorgonia.Tanh(s.affine(outer, "down2", 4)))
	h := must(gorgonia.Tanh(s.affine(inner, "bottom", 3)))
	h = must(gorgonia.Tanh(s.affine(must(gorgonia.Concat(1, inner, h)), "up2", 4)))
	h = must(gorgonia.Tanh(s.affine(must(gorgonia.Concat(1, outer, h)), "up1", 5)))
	golden(t, "nested-concatenations", s.find(t, s.affine(h, "out", 2)))
}
