package structure_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/structure"
)

// Of a graph that was differentiated, all is known without a configuration.
func TestFindWithoutConfig(t *testing.T) {
	s := newSketch()
	h := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "hidden", 5)))
	loss := must(gorgonia.Mean(must(gorgonia.Square(s.affine(h, "out", 3)))))
	want := s.find(t, loss)
	if _, err := gorgonia.Grad(loss, s.parameters...); err != nil {
		t.Fatal(err)
	}
	got := find(t, s.g, structure.Config{})
	if got.String() != want.String() || len(got.Parameters) != 4 {
		t.Errorf("found\n%vwith %d parameters, want\n%v", got, len(got.Parameters), want)
	}
}

// Inputs that are not named in Config.Inputs are constants: a mask is no bias of its own, and makes no block.
func TestNamedInputs(t *testing.T) {
	s := newSketch()
	x, mask := s.input("x", 4, 6), s.input("mask", 4, 5)
	z := must(gorgonia.HadamardProd(s.affine(x, "hidden", 5), mask))
	net := find(t, s.g, structure.Config{
		Outputs: []*gorgonia.Node{s.affine(must(gorgonia.Tanh(z)), "out", 3)}, Parameters: s.parameters, Inputs: []*gorgonia.Node{x},
	})
	if l := net.Layers[0]; l.Pre != z || l.Act == nil || len(net.Gates) > 0 {
		t.Errorf("found\n%v", net)
	}
}

func TestMistakesAreExplained(t *testing.T) {
	s, other := newSketch(), newSketch()
	x, w := s.input("x", 4, 6), s.weight("w", 6, 3)
	y := must(gorgonia.Mul(x, w))
	nodes := func(list ...*gorgonia.Node) []*gorgonia.Node { return list }
	for _, c := range []struct {
		g    *gorgonia.ExprGraph
		c    structure.Config
		want string
	}{
		{nil, structure.Config{}, "the graph is nil"},
		{gorgonia.NewGraph(), structure.Config{}, "no outputs"},
		{s.g, structure.Config{}, "call gorgonia.Grad first"},
		{s.g, structure.Config{Outputs: nodes(nil)}, "Outputs[0] is nil"},
		{s.g, structure.Config{Outputs: nodes(y, other.input("z", 2))}, `Outputs[1]: got "z" of another graph`},
		{s.g, structure.Config{Outputs: nodes(y), Parameters: nodes(w, nil)}, "Parameters[1] is nil"},
		{s.g, structure.Config{Outputs: nodes(y), Parameters: nodes(y)}, "want an input"},
		{s.g, structure.Config{Outputs: nodes(y), Parameters: nodes(w), Inputs: nodes(x, w)}, "in both"},
	} {
		net, err := structure.Find(c.g, c.c)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "structure: ") || net != nil {
			t.Errorf("got %v, %v, want an error with %q", net, err, c.want)
		}
	}
}

// Graphs without anything in them have an empty structure.
func TestNetworksWithoutLayers(t *testing.T) {
	s := newSketch()
	x, w := s.input("x", 4, 6), s.weight("w", 6, 3)
	for _, output := range []*gorgonia.Node{x, w, must(gorgonia.Tanh(x)), must(gorgonia.Sum(w)), must(gorgonia.Sum(x))} {
		if net := s.find(t, output); len(net.Layers) > 0 || net.Depth() != 0 || !strings.HasPrefix(net.String(), "network: no layer, depth 0\n") {
			t.Errorf("of %v found\n%v", output, net)
		}
	}
	if net := s.find(t, must(gorgonia.Mul(x, w)), x, x); len(net.Layers) != 1 {
		t.Errorf("found\n%v", net)
	}
}

// Parameters without names are numbered; layers of one name are told apart.
func TestNames(t *testing.T) {
	s := newSketch()
	h := s.input("x", 4, 6)
	for _, width := range []int{5, 4} {
		w := gorgonia.NewMatrix(s.g, gorgonia.Float64, gorgonia.WithShape(h.Shape()[1], width))
		s.parameters = append(s.parameters, w)
		h = must(gorgonia.Tanh(must(gorgonia.Mul(h, w))))
	}
	for _, name := range []string{"fc.weight", "fc.kernel", "w", "block1/dense1/weight"} {
		h = must(gorgonia.Tanh(s.mul(h, name, h.Shape()[1]+1)))
	}
	if got, want := depths(s.find(t, h)), "parameter1 1\nparameter2 2\nfc 3\nfc#2 4\nw 5\nblock1/dense1 6\n"; got != want {
		t.Errorf("names are\n%swant\n%s", got, want)
	}
}

// What is found does not depend on the run, and layers are sorted by depth.
func TestFindIsDeterministic(t *testing.T) {
	draw := func() *structure.Network {
		s := newSketch()
		outputs := rnn(s, 7, 3)
		x := transformer(s, s.input("y", 5, 6), "layer", stockSoftmax)
		return s.find(t, append(outputs, x)...)
	}
	first := draw()
	for range 5 {
		if got := draw(); got.String() != first.String() {
			t.Fatalf("found\n%v\nand then\n%v", first, got)
		}
	}
	if !slices.IsSortedFunc(first.Layers, func(a, b *structure.Layer) int { return a.Depth - b.Depth }) {
		t.Errorf("the layers are not sorted:\n%v", first)
	}
}

// Deep networks of several kinds, by the number of layers or steps.
var deep = map[string]func(s *sketch, size int) []*gorgonia.Node{
	"plain": func(s *sketch, size int) []*gorgonia.Node {
		h := s.input("x", 4, 3)
		for i := range size {
			h = must(gorgonia.Sigmoid(s.affine(h, fmt.Sprint("fc", i), 3)))
		}
		return []*gorgonia.Node{h}
	},
	"residual": func(s *sketch, size int) []*gorgonia.Node {
		h := s.input("x", 4, 3)
		for i := range size / 2 {
			branch := s.affine(must(gorgonia.Rectify(s.affine(h, fmt.Sprint("a", i), 3))), fmt.Sprint("b", i), 3)
			h = must(gorgonia.Rectify(must(gorgonia.Add(h, branch))))
		}
		return []*gorgonia.Node{h}
	},
	"recurrent": func(s *sketch, size int) []*gorgonia.Node { return rnn(s, size, 1) },
	"leaky":     func(s *sketch, size int) []*gorgonia.Node { return []*gorgonia.Node{leaky(s, size, false)} },
	"sum over steps": func(s *sketch, size int) []*gorgonia.Node {
		outputs := rnn(s, size, 1)
		sum := outputs[0]
		for _, y := range outputs[1:] {
			sum = must(gorgonia.Add(sum, y))
		}
		return []*gorgonia.Node{sum}
	},
	"convolutions": func(s *sketch, size int) []*gorgonia.Node {
		h := s.input("x", 1, 1, 3, 3)
		for i := range size {
			w := s.weight(fmt.Sprint("conv", i), 1, 1, 3, 3)
			h = must(gorgonia.Sigmoid(must(gorgonia.Conv2d(h, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))))
		}
		return []*gorgonia.Node{h}
	},
}

func BenchmarkFind(b *testing.B) {
	for name, draw := range deep {
		b.Run(name, func(b *testing.B) {
			s := newSketch()
			c := structure.Config{Outputs: draw(s, 1000), Parameters: s.parameters}
			for b.Loop() {
				if _, err := structure.Find(s.g, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
