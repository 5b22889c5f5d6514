package scan_test

import (
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/scan"
)

// Mistakes are errors that name the recurrence, what was got and what is wanted.
func TestErrors(t *testing.T) {
	g, other := gorgonia.NewGraph(), gorgonia.NewGraph()
	node := func(g *gorgonia.ExprGraph, name string, dt tensor.Dtype, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
	}
	x, h := node(g, "x", tensor.Float64, 5, 2, 3), node(g, "h", tensor.Float64, 2, 3)
	keep := func(_ *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) { return h, x, nil }
	one := func(n *gorgonia.Node) scan.Step {
		return func(_ *scan.Scope, _, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			return h, gorgonia.Nodes{n}, nil
		}
	}
	of := func(f func(x *gorgonia.Node) (*gorgonia.Node, error)) scan.Step {
		return func(_ *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			y, err := f(x[0])
			return h, gorgonia.Nodes{y}, err
		}
	}
	for _, c := range []struct {
		name      string
		config    scan.Config
		sequences gorgonia.Nodes
		states    gorgonia.Nodes
		want      string
	}{
		{"no name", scan.Config{Step: keep}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "got no name"},
		{"no step", scan.Config{Name: "r"}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "got no step"},
		{"negative", scan.Config{Name: "r", Step: keep, Truncate: -1}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "got Truncate -1"},
		{"no sequence", scan.Config{Name: "r", Step: keep}, nil, gorgonia.Nodes{h}, "got no sequence"},
		{"nil sequence", scan.Config{Name: "r", Step: keep}, gorgonia.Nodes{nil}, gorgonia.Nodes{h}, "sequence 0: got no node"},
		{"two lengths", scan.Config{Name: "r", Step: keep}, gorgonia.Nodes{x, node(g, "y", tensor.Float64, 4, 2)}, gorgonia.Nodes{h}, "got 4 steps, want 5"},
		{"another graph", scan.Config{Name: "r", Step: keep}, gorgonia.Nodes{x}, gorgonia.Nodes{node(other, "z", tensor.Float64, 2, 3)}, "state 0"},
		{"another type", scan.Config{Name: "r", Step: keep}, gorgonia.Nodes{x}, gorgonia.Nodes{node(g, "s", tensor.Float32, 2, 3)}, "state 0"},
		{"shape of the state", scan.Config{Name: "r", Step: func(_ *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			return gorgonia.Nodes{must(gorgonia.Sum(h[0], 1))}, nil, nil
		}}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "state 0: got (2) after it, want shape (2, 3)"},
		{"number of states", scan.Config{Name: "r", Step: func(*scan.Scope, gorgonia.Nodes, gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			return nil, nil, nil
		}}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "got 1 states before and 0 after"},
		{"nothing", scan.Config{Name: "r", Step: func(*scan.Scope, gorgonia.Nodes, gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			return nil, nil, nil
		}}, gorgonia.Nodes{x}, nil, "neither states nor outputs"},
		{"a node from outside", scan.Config{Name: "r", Step: one(h)}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "through Scope.Shared"},
		{"shared from another graph", scan.Config{Name: "r", Step: func(s *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			s.Shared(node(other, "w", tensor.Float64, 3))
			return h, x, nil
		}}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "shared value"},
		{"an input of its own", scan.Config{Name: "r", Step: func(s *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			return h, gorgonia.Nodes{must(op.Add(x[0], node(s.Graph(), "own", tensor.Float64, 2, 3)))}, nil
		}}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, `reads "own"`},
		{"dropout", scan.Config{Name: "r", Step: of(func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return op.Mul(x, must(op.DropoutMask(x, 0.5, "mask", 1, 2)))
		})}, gorgonia.Nodes{x}, gorgonia.Nodes{h}, "which draws random numbers"},
		{"Gorgonia's dropout", scan.Config{Name: "r", Step: of(func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.Dropout(x, 0.5) })},
			gorgonia.Nodes{x}, gorgonia.Nodes{h}, "which draws random numbers"},
		{"error of the step", scan.Config{Name: "r", Step: of(func(*gorgonia.Node) (*gorgonia.Node, error) { return nil, errors.New("spilt") })},
			gorgonia.Nodes{x}, gorgonia.Nodes{h}, "the step: spilt"},
	} {
		_, _, err := scan.Draw(c.config, c.sequences, c.states)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "scan ") {
			t.Errorf("%s: got error %v, want one with %q", c.name, err, c.want)
		}
	}
	good := scan.Config{Name: "r", Step: keep}
	if _, _, err := scan.Draw(good, gorgonia.Nodes{x}, gorgonia.Nodes{h}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := scan.Draw(good, gorgonia.Nodes{x}, gorgonia.Nodes{h}); err == nil || !strings.Contains(err.Error(), "of this name") {
		t.Errorf("two of one name: got error %v", err)
	}
}
