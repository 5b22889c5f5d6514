package structure_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// times is x times a vector of a weight, element by element.
func (s *sketch) times(x *gorgonia.Node, name string) *gorgonia.Node {
	return must(gorgonia.BroadcastHadamardProd(x, s.weight(name, 1, x.Shape()[1]), nil, []byte{0}))
}

// Layers that multiply each element by a number of its own are layers as others are.
func TestDiagonalLayers(t *testing.T) {
	s := newSketch()
	h := s.input("x", 4, 6)
	for i := range 3 {
		h = s.times(h, fmt.Sprint("scale", i+1))
		h = must(gorgonia.Sigmoid(must(gorgonia.BroadcastAdd(h, s.weight(fmt.Sprint("bias", i+1), 1, 6), nil, []byte{0}))))
	}
	net := s.find(t, s.affine(h, "out", 2))
	if got := depths(net); got != "scale1 1\nscale2 2\nscale3 3\nout 4\n" {
		t.Fatalf("depths are\n%s", got)
	}
	for _, l := range net.Layers[:3] {
		if l.Maps[0].Kind != structure.Diagonal || l.In() != 1 || l.Out() != 6 || len(l.Bias) != 1 || l.Activation != op.Sigmoid {
			t.Errorf("a layer is %+v", l)
		}
	}
}

// Factors that belong to a normalisation, an activation or a branch make no layer.
func TestFactorsThatAreNoLayers(t *testing.T) {
	for name, change := range map[string]func(s *sketch, x *gorgonia.Node) *gorgonia.Node{
		"gain of a pre-activation block": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Rectify(s.times(standardised(x, 0), "factor")))
		},
		"slope of a parametric rectifier": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			z := s.affine(x, "z", 5)
			negative := must(gorgonia.Neg(must(gorgonia.Rectify(must(gorgonia.Neg(z))))))
			return must(gorgonia.Add(must(gorgonia.Rectify(z)), s.times(negative, "factor")))
		},
		"inside an activation": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			z := s.affine(x, "z", 5)
			return must(gorgonia.HadamardProd(z, must(gorgonia.Sigmoid(s.times(z, "factor")))))
		},
		"of a branch": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			branch := s.times(must(gorgonia.Tanh(s.affine(x, "z", 5))), "factor")
			return must(gorgonia.Rectify(must(gorgonia.Add(x, branch))))
		},
	} {
		s := newSketch()
		x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 5)))
		net := s.find(t, s.affine(change(s, x), "out", 2))
		for _, p := range net.Parameters {
			if p.Name == "factor" && p.Role != structure.Gain {
				t.Errorf("%s: the factor is a %v, want a gain, in\n%v", name, p.Role, net)
			}
		}
	}
}
