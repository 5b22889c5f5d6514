package machine_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// sketchOfPasses is a graph that each of the first passes changes: relu(x·w) is joined, c + c is constant, two nodes of it
// are one, and x and w are inputs.
func sketchOfPasses(t *testing.T) (*gorgonia.ExprGraph, *gorgonia.Node) {
	t.Helper()
	g := gorgonia.NewGraph()
	input := func(name string, seed uint64) *gorgonia.Node {
		return gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(3, 3), gorgonia.WithName(name), gorgonia.WithValue(randn(t, tensor.Float64, seed, 3, 3)))
	}
	c := g.AddNode(gorgonia.NewConstant(randn(t, tensor.Float64, 3, 3, 3), gorgonia.WithName("c")))
	x, w := input("x", 1), input("w", 2)
	relu := gorgonia.Must(op.Activate(op.ReLU, 0, gorgonia.Must(op.Linear(x, w, nil))))
	return g, gorgonia.Must(op.Add(relu, gorgonia.Must(op.Add(c, c))))
}

func TestReportPasses(t *testing.T) {
	g, out := sketchOfPasses(t)
	m := machine.New(g, out)
	reports, err := m.ReportPasses("fuse", "allocate")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	after := make(map[string]int)
	steps := make(map[string]string)
	for i, r := range reports {
		names, after[r.Name], steps[r.Name] = append(names, r.Name), r.After, r.Steps
		if r.Skipped || r.Time < 0 || i > 0 && r.Before != reports[i-1].After {
			t.Errorf("%+v", r)
		}
	}
	if want := []string{"order", "merge", "fold", "layout", "fuse", "inputs", "parallel", "arrange", "lifetimes", "allocate", "recurrences"}; !slices.Equal(names, want) {
		t.Errorf("passes %q, want %q", names, want)
	}
	// x, w, c, the product, relu, c + c and the sum; fusing takes the product; x, w, c and c + c are not computed in a run.
	if after["order"] != 7 || after["fold"] != 7 || after["fuse"] != 6 || after["inputs"] != 2 {
		t.Errorf("steps after passes: %v", after)
	}
	for name, words := range map[string][]string{
		"fuse":     {"stage  node", "then relu", "constant", "input", "(3, 3)", "kept"},
		"allocate": {"then relu", "add", "buffer 1"},
	} {
		for _, word := range words {
			if !strings.Contains(steps[name], word) {
				t.Errorf("the steps after %s do not show %q:\n%s", name, word, steps[name])
			}
		}
	}
	if steps["order"] != "" || strings.Contains(steps["allocate"], "constant") {
		t.Errorf("a listing that was not asked for, or a constant among what is computed:\n%s%s", steps["order"], steps["allocate"])
	}
	if err := m.RunAll(); err != nil || out.Value() == nil {
		t.Errorf("a run after the report: error %v, value %v", err, out.Value())
	}
}

// Where every value is kept, the passes that rest on sharing are left out.
func TestReportOfAMachineThatKeepsAll(t *testing.T) {
	g, out := sketchOfPasses(t)
	m := machine.New(g, out)
	m.KeepAll()
	reports, err := m.ReportPasses()
	if err != nil {
		t.Fatal(err)
	}
	var skipped []string
	for _, r := range reports {
		if r.Skipped {
			skipped = append(skipped, r.Name)
		}
	}
	if want := []string{"layout", "fuse", "parallel"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
}

func TestReportPassesErrors(t *testing.T) {
	g, out := sketchOfPasses(t)
	m := machine.New(g, out)
	_, err := m.ReportPasses("fuze")
	wantError(t, err, `machine: unknown pass: got "fuze"`, "want one of order, merge")
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = m.ReportPasses()
	wantError(t, err, "closed")
	_, err = machine.New(g, nil).ReportPasses()
	wantError(t, err, "is nil")
}
