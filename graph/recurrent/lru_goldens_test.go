package recurrent_test

import (
	"path"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/internal/goldens"
)

// Outputs and all gradients are those of the recurrence in complex numbers of PyTorch.
func TestLRUOfPyTorch(t *testing.T) {
	for _, c := range goldens.Load(t, "lru") {
		t.Run(c.Name+"/f64", func(t *testing.T) { checkLRU(t, c, c.F64, tensor.Float64, goldens.Tol64) })
		t.Run(c.Name+"/f32", func(t *testing.T) { checkLRU(t, c, c.F32, tensor.Float32, goldens.Tol32) })
	}
}

func checkLRU(t *testing.T, c goldens.Case, n goldens.Numbers, dt tensor.Dtype, tolerance float64) {
	model := graph.LayerFunc(func(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
		x := b.Param(graph.Param{Name: "x", Init: initializer.Constant{}}, n.Inputs["x"].Shape...) // to check its gradient too
		return recurrent.LRU{States: int(c.Attrs["states"])}.Apply(b, x)
	})
	p := graphtest.Build(t, graph.Config{Model: model, Params: graph.NewParams(dt, 1), Input: tensor.Shape{1}, Loss: weightedSum{}})
	if len(p.Weights) != len(n.Inputs) {
		t.Fatalf("the network has %d parameters, PyTorch has %d", len(p.Weights), len(n.Inputs))
	}
	for _, w := range p.Weights {
		if err := tensor.Copy(w.Value, fromSlice(t, dt, n.Inputs[path.Base(w.Name)])); err != nil {
			t.Fatal(err)
		}
	}
	graphtest.Run(t, p, graphtest.Randn(t, dt, 1, 1), fromSlice(t, dt, n.Upstream))
	if e := goldens.RelErr(goldens.Floats(t, p.Output.Value().Data()), n.Output.Data); !(e <= tolerance) {
		t.Errorf("the output: got an error of %.2g, want at most %g", e, tolerance)
	}
	for _, w := range p.Weights {
		if e := goldens.RelErr(goldens.Floats(t, w.Grad.Value().Data()), n.Grads[path.Base(w.Name)].Data); !(e <= tolerance) {
			t.Errorf("the gradient of %s: got an error of %.2g, want at most %g", w.Name, e, tolerance)
		}
	}
}
