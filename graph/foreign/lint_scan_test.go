package foreign_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/scan"
)

// Lint finds a trap in the step of a recurrence: the gradient of a maximum of equal elements.
func TestLintStepOfRecurrence(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewTensor(g, tensor.Float64, 3, gorgonia.WithShape(5, 2, 3), gorgonia.WithName("x"))
	h := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(2), gorgonia.WithName("h"))
	var largest *gorgonia.Node
	_, final, err := scan.Draw(scan.Config{Name: "r", Step: func(_ *scan.Scope, in, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
		if largest, err = gorgonia.Max(in[0], 1); err != nil {
			return nil, nil, err
		}
		sum, err := gorgonia.Add(states[0], largest)
		return gorgonia.Nodes{sum}, nil, err
	}}, gorgonia.Nodes{x}, gorgonia.Nodes{h})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gorgonia.Grad(gorgonia.Must(gorgonia.Sum(final[0])), x); err != nil {
		t.Fatal(err)
	}
	list := foreign.Lint(g)
	if !slices.ContainsFunc(list, func(w foreign.Warning) bool { return w.Node == largest }) {
		t.Errorf("got the warnings %v, want one of the maximum in the step", list)
	}
}
