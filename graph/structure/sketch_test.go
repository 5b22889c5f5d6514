package structure_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// must gives a node, as the networks of these tests are drawn without mistakes.
func must(n *gorgonia.Node, err error) *gorgonia.Node { return gorgonia.Must(n, err) }

// A sketch is a network that is drawn by hand, with Gorgonia's own operations.
type sketch struct {
	g          *gorgonia.ExprGraph
	parameters []*gorgonia.Node
}

func newSketch() *sketch { return &sketch{g: gorgonia.NewGraph()} }

// input declares an input.
func (s *sketch) input(name string, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(s.g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// labels declares an input of whole numbers.
func (s *sketch) labels(name string, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(s.g, tensor.Int, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// weight declares a parameter.
func (s *sketch) weight(name string, shape ...int) *gorgonia.Node {
	w := s.input(name, shape...)
	s.parameters = append(s.parameters, w)
	return w
}

// mul is x times a weight of a width.
func (s *sketch) mul(x *gorgonia.Node, name string, units int) *gorgonia.Node {
	return must(gorgonia.Mul(x, s.weight(name, x.Shape()[1], units)))
}

// affine is x times a weight, and a bias.
func (s *sketch) affine(x *gorgonia.Node, name string, units int) *gorgonia.Node {
	return must(gorgonia.BroadcastAdd(s.mul(x, name+".w", units), s.weight(name+".b", 1, units), nil, []byte{0}))
}

// find finds the structure of what the outputs are computed from.
func (s *sketch) find(t *testing.T, outputs ...*gorgonia.Node) *structure.Network {
	t.Helper()
	return find(t, s.g, structure.Config{Outputs: outputs, Parameters: s.parameters})
}

func find(t *testing.T, g *gorgonia.ExprGraph, c structure.Config) *structure.Network {
	t.Helper()
	net, err := structure.Find(g, c)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// built finds the structure of a model that a builder draws for rows of 6 features.
func built(t *testing.T, model graph.Model) *structure.Network {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 6}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.Structure()
}

// golden compares what was found with a file in testdata.
func golden(t *testing.T, name string, net *structure.Network) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	got := net.String()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// depths lists the depth of each layer by its path; a layer over several steps by its first step.
func depths(net *structure.Network) string {
	text, seen := "", map[string]bool{}
	for _, l := range net.Layers {
		if !seen[l.Path] {
			text += fmt.Sprintf("%s %d\n", l.Path, l.Depth)
		}
		seen[l.Path] = true
	}
	return text
}
