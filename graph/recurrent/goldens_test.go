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

// Outputs, last states and all gradients are those of PyTorch's nn.RNN, nn.LSTM and nn.GRU, under its names of the parameters.
func TestLayersOfPyTorch(t *testing.T) {
	for _, c := range goldens.Load(t, "recurrent") {
		t.Run(c.Name+"/f64", func(t *testing.T) { checkGolden(t, c, c.F64, tensor.Float64, goldens.Tol64) })
		t.Run(c.Name+"/f32", func(t *testing.T) { checkGolden(t, c, c.F32, tensor.Float32, goldens.Tol32) })
	}
}

// A golden is a network that draws a case: the input and the first states are parameters, to check their gradients too.
type golden struct {
	goldens.Case
	goldens.Numbers
}

func (g golden) Apply(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
	has := func(name string) bool { return g.Attrs[name] != 0 }
	c := config{units: int(g.Attrs["hidden"]), layers: int(g.Attrs["layers"]), both: has("bidirectional"), noBias: !has("bias")}
	if g.Labels != nil {
		c.lengths = "lengths"
	}
	y, last := c.of(g.Op).Draw(b, g.param(b, "x"), recurrent.State{Hidden: g.states(b, "h_0"), Cells: g.states(b, "c_0")})
	for name, list := range map[string][]*gorgonia.Node{"h_n": last.Hidden, "c_n": last.Cells} {
		for i, n := range list {
			b.Output(path.Join(name, string(rune('0'+i))), n)
		}
	}
	return y
}

func (g golden) param(b *graph.Builder, name string) *gorgonia.Node {
	return b.Param(graph.Param{Name: name, Init: initializer.Constant{}}, g.Inputs[name].Shape...)
}

// states are the slices of the first states, which are one parameter.
func (g golden) states(b *graph.Builder, name string) (list []*gorgonia.Node) {
	if _, given := g.Inputs[name]; !given {
		return nil
	}
	all := g.param(b, name)
	for i := range all.Shape()[0] {
		list = append(list, b.Check(gorgonia.Slice(all, gorgonia.S(i))))
	}
	return list
}

func checkGolden(t *testing.T, c goldens.Case, n goldens.Numbers, dt tensor.Dtype, tolerance float64) {
	inputs := []graph.Input{{Name: "unused", Shape: tensor.Shape{1}}}
	values := map[string]*tensor.Dense{"unused": graphtest.Randn(t, dt, 1, 1), "target": fromSlice(t, dt, n.Upstream)}
	if n.Labels != nil {
		inputs = append(inputs, graph.Input{Name: "lengths", Shape: tensor.Shape{len(n.Labels)}, Dtype: tensor.Int})
		values["lengths"] = labels(t, n.Labels)
	}
	p := graphtest.Build(t, graph.Config{Model: golden{c, n}, Params: graph.NewParams(dt, 1), Inputs: inputs, Loss: weightedSum{}})
	if len(p.Weights) != len(n.Inputs) {
		t.Fatalf("the network has %d parameters, PyTorch has %d", len(p.Weights), len(n.Inputs))
	}
	for _, w := range p.Weights {
		if err := tensor.Copy(w.Value, fromSlice(t, dt, n.Inputs[path.Base(w.Name)])); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.RunNamed(values); err != nil {
		t.Fatal(err)
	}
	same := func(what string, got gorgonia.Value, want []float64) {
		t.Helper()
		if e := goldens.RelErr(goldens.Floats(t, got.Data()), want); !(e <= tolerance) {
			t.Errorf("%s: got an error of %.2g, want at most %g", what, e, tolerance)
		}
	}
	same("the output", p.Output.Value(), n.Output.Data)
	for _, w := range p.Weights {
		same("the gradient of "+w.Name, w.Grad.Value(), n.Grads[path.Base(w.Name)].Data)
	}
	for _, o := range p.Outputs[1:] {
		name, i := path.Split(o.Name)
		all := n.Extra[path.Clean(name)]
		size := len(all.Data) / all.Shape[0]
		at := int(i[0]-'0') * size
		same(o.Name, o.Node.Value(), all.Data[at:at+size])
	}
}
