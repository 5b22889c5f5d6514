package structure_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// Weights that an input changes make layers as others do: pruned weights, and the sum of a frozen and a trained part.
func TestInputsThatChangeWeights(t *testing.T) {
	for name, change := range map[string]func(w, input *gorgonia.Node) *gorgonia.Node{
		"mask":        func(w, input *gorgonia.Node) *gorgonia.Node { return must(gorgonia.HadamardProd(w, input)) },
		"frozen part": func(w, input *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Add(input, w)) },
		"transposed": func(w, input *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Transpose(must(gorgonia.HadamardProd(input, w))))
		},
	} {
		s := newSketch()
		h := s.input("x", 4, 6)
		for i := range 3 {
			w := change(s.weight(fmt.Sprint("w", i+1), 6, 6), s.input(fmt.Sprint("input", i+1), 6, 6))
			h = must(gorgonia.Sigmoid(must(gorgonia.Mul(h, w))))
		}
		net := s.find(t, s.affine(h, "out", 2))
		if got := depths(net); got != "w1 1\nw2 2\nw3 3\nout 4\n" {
			t.Errorf("%s: depths are\n%s", name, got)
		}
		for _, p := range net.Parameters[:3] {
			if p.Role != structure.Weight {
				t.Errorf("%s: the role of %s is %v, want weight", name, p.Name, p.Role)
			}
		}
	}
}

// An input that a gain multiplies holds samples, although it meets parameters only.
func TestInputsThatMeetParametersOnly(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.HadamardProd(s.input("x", 6), s.weight("gain", 6)))
	h := must(gorgonia.Tanh(must(gorgonia.Mul(s.weight("w", 5, 6), x))))
	y := must(op.Linear(must(gorgonia.Reshape(h, []int{1, 5})), s.weight("out", 5, 2), s.weight("bias", 2)))
	if got := depths(s.find(t, y)); got != "w 1\nout 2\n" {
		t.Errorf("depths are\n%s", got)
	}
}
