package graph_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// scaled multiplies its output by the input "scale", and gives both as outputs.
var scaled = graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	z := graph.Dense{Units: 2}.Apply(b, x)
	b.Output("plain", z)
	return b.Check(op.Mul(z, b.Input("scale")))
})

// inputs are those of scaled and one that nothing reads, of four samples.
func inputs() []graph.Input {
	return []graph.Input{
		{Name: "x", Shape: tensor.Shape{4, 3}}, {Name: "scale", Shape: tensor.Shape{4, 2}}, {Name: "note", Shape: tensor.Shape{4}, Dtype: tensor.Bool},
	}
}

// several draws scaled with a loss for each output.
func several(t *testing.T) (*graph.Program, map[string]*tensor.Dense) {
	t.Helper()
	p := build(t, graph.Config{
		Model: scaled, Params: graph.NewParams(tensor.Float64, 1), Inputs: inputs(),
		Losses: []graph.Objective{{Name: "class", Target: "label", Loss: graph.CrossEntropy{}}, {Output: "plain", Loss: graph.MSE{Sum: true}, Weight: 3}},
	})
	return p, map[string]*tensor.Dense{
		"x": randn(t, tensor.Float64, 1, 4, 3), "scale": randn(t, tensor.Float64, 2, 4, 2),
		"label": classes(t, 4, 2, 1), "plain": randn(t, tensor.Float64, 3, 4, 2),
	}
}

func runNamed(t *testing.T, p *graph.Program, values map[string]*tensor.Dense) {
	t.Helper()
	if err := p.RunNamed(values); err != nil {
		t.Fatal(err)
	}
}

func TestNamedInputsAndOutputs(t *testing.T) {
	p, values := several(t)
	runNamed(t, p, values)
	out, plain, scale := p.OutputValue().Float64s(), p.OutputNamed("plain").Float64s(), values["scale"].Float64s()
	for i, v := range out {
		if want := plain[i] * scale[i]; v != want {
			t.Errorf("output %d is %v, want %v", i, v, want)
		}
	}
	if p.OutputNamed("output") != p.OutputValue() || p.OutputNamed("none") != nil {
		t.Error("outputs are not found by name")
	}
	sum := 0.0
	for i, v := range plain {
		d := v - values["plain"].Float64s()[i]
		sum += d * d
	}
	class, size := p.Parts[0], p.Parts[1]
	if math.Abs(size.Value()-sum) > 1e-14*sum || math.Abs(p.LossValue()-class.Value()-3*sum) > 1e-14*sum {
		t.Errorf("got the losses %v, %v, in all %v; want %v for the second, and 3 times that in the sum", class.Value(), size.Value(), p.LossValue(), sum)
	}
	if class.Name != "class" || class.Objective.Output != "output" || class.Weight != 1 || size.Name != "plain" || size.Objective.Target != "plain" {
		t.Errorf("objectives %+v, %+v", class.Objective, size.Objective)
	}
	if class.TargetValue() != values["label"] || size.OutputValue() != p.OutputNamed("plain") || p.TargetValue() != values["label"] {
		t.Error("values of the parts are not those of the run")
	}
	if !maps.Equal(p.Fed(), values) || p.InputValue() != values["x"] {
		t.Errorf("fed were %v", p.Fed())
	}
	if !p.Reads("scale") || !p.Reads("plain") || p.Reads("note") || p.Reads("none") {
		t.Error("Reads is wrong")
	}
	for _, part := range []string{"x       (4, 3)", "scale   (4, 2)", "output  (4, 2)", "plain   (4, 2)"} {
		if !strings.Contains(p.Summary(), part) {
			t.Errorf("%q is not in\n%s", part, p.Summary())
		}
	}
}

func TestRunNamedErrors(t *testing.T) {
	p, good := several(t)
	for name, c := range map[string]struct {
		spoil func(map[string]*tensor.Dense)
		words []string
	}{
		"nothing": {func(v map[string]*tensor.Dense) { clear(v) }, []string{
			`missing "label", missing "plain", missing "scale", missing "x"`, `want "x" (4, 3) of float64, "scale" (4, 2) of float64, "label" (4) of int`}},
		"missing": {func(v map[string]*tensor.Dense) { delete(v, "scale") }, []string{`missing "scale": got "label", "plain", "x"`}},
		"nil":     {func(v map[string]*tensor.Dense) { v["scale"] = nil }, []string{`missing "scale"`}},
		"extra":   {func(v map[string]*tensor.Dense) { v["mask"] = v["x"] }, []string{`unknown "mask": got "label", "mask"`}},
		"both": {func(v map[string]*tensor.Dense) { v["mask"] = v["x"]; delete(v, "x") },
			[]string{`missing "x", unknown "mask"`}},
		"shape":   {func(v map[string]*tensor.Dense) { v["scale"] = v["x"] }, []string{"scale: got shape (4, 3) of float64", "want (4, 2) of float64"}},
		"type":    {func(v map[string]*tensor.Dense) { v["label"] = randn(t, tensor.Float64, 1, 4) }, []string{"label: got shape (4) of float64", "want (4) of int"}},
		"unread":  {func(v map[string]*tensor.Dense) { v["note"] = v["x"] }, []string{"note: got shape (4, 3)", "want (4) of bool"}},
		"adopted": {nil, []string{"adopted"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.spoil == nil {
				wantError(t, new(graph.Program).RunNamed(good), c.words...)
				return
			}
			values := maps.Clone(good)
			c.spoil(values)
			wantError(t, p.RunNamed(values), append(c.words, "graph: ")...)
		})
	}
	wantError(t, p.Run(good["x"], good["label"]), `inputs "x", "scale", "note" and the targets "label", "plain"`, "RunNamed")
	runNamed(t, p, good) // after all these it still runs
	if n := testing.AllocsPerRun(20, func() { runNamed(t, p, good) }); n != 0 {
		t.Errorf("a run allocates %v times", n)
	}
}

func TestInputErrors(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	layer := func(f func(b *graph.Builder, x *gorgonia.Node)) graph.Model {
		return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { f(b.Scope("mine"), x); return x })
	}
	one := []graph.Input{{Name: "x", Shape: tensor.Shape{4, 3}}}
	mse := graph.MSE{}
	for name, c := range map[string]struct {
		config graph.Config
		want   []string
	}{
		"both":          {graph.Config{Input: tensor.Shape{4, 3}, Inputs: one}, []string{"both Config.Input and Config.Inputs"}},
		"no name":       {graph.Config{Inputs: []graph.Input{{Shape: tensor.Shape{4}}}}, []string{"Config.Inputs[0] has no name"}},
		"twice":         {graph.Config{Inputs: append(one, one...)}, []string{`two inputs "x"`}},
		"no shape":      {graph.Config{Inputs: []graph.Input{{Name: "x"}}}, []string{`input "x": got shape ()`}},
		"both losses":   {graph.Config{Inputs: one, Loss: mse, Losses: []graph.Objective{{Loss: mse}}}, []string{"both Config.Loss and Config.Losses"}},
		"no loss":       {graph.Config{Inputs: one, Losses: []graph.Objective{{}}}, []string{`objective "output" has no loss`}},
		"weight":        {graph.Config{Inputs: one, Losses: []graph.Objective{{Loss: mse, Weight: math.NaN()}}}, []string{"weight NaN"}},
		"two of a name": {graph.Config{Inputs: one, Losses: []graph.Objective{{Loss: mse}, {Loss: graph.MAE{}}}}, []string{`two objectives "output"`}},
		"output":        {graph.Config{Inputs: one, Losses: []graph.Objective{{Output: "y", Loss: mse}}}, []string{`reads output "y"`, `the outputs "output"`}},
		"target": {graph.Config{Inputs: one, Losses: []graph.Objective{{Target: "x", Loss: graph.CrossEntropy{}}}}, []string{
			"layer loss", `target "x": got shape (4, 3) of float64`, "want (4) of int"}},
		"shared target": {graph.Config{Inputs: one, Losses: []graph.Objective{{Name: "a", Loss: mse}, {Name: "b", Loss: graph.CrossEntropy{}}}}, []string{
			"layer loss/b", `target "target": got shape (4, 3) of float64`}},
		"unknown input": {graph.Config{Inputs: one, Model: layer(func(b *graph.Builder, _ *gorgonia.Node) { b.Input("y") })}, []string{
			"layer mine1", `no input "y": got the inputs "x"`, "Config.Inputs"}},
		"nil output":    {graph.Config{Inputs: one, Model: layer(func(b *graph.Builder, _ *gorgonia.Node) { b.Output("y", nil) })}, []string{`layer mine1: output "y" is nil`}},
		"output's name": {graph.Config{Inputs: one, Model: layer(func(b *graph.Builder, x *gorgonia.Node) { b.Output("output", x) })}, []string{`called "output"`}},
		"two outputs": {graph.Config{Inputs: one, Model: layer(func(b *graph.Builder, x *gorgonia.Node) { b.Output("y", x); b.Output("y", x) })}, []string{
			`two outputs "y"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.config.Params = params; c.config.Model == nil {
				c.config.Model = graph.Sequential{}
			}
			_, err := graph.Build(c.config)
			wantError(t, err, append(c.want, "graph: ")...)
		})
	}
}

// Several losses of one output may share its target, and one of them alone is what it is with Config.Loss.
func TestObjectivesShareATarget(t *testing.T) {
	x, y := randn(t, tensor.Float64, 1, 4, 3), randn(t, tensor.Float64, 2, 4, 2)
	value := func(losses ...graph.Objective) (float64, []float64) {
		p := build(t, graph.Config{
			Model: graph.Dense{Units: 2}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 3}, Losses: losses,
		})
		run(t, p, x, y)
		return p.LossValue(), slices.Clone(floats(p.Weights[0].Grad.Value()))
	}
	squared, gradient := value(graph.Objective{Loss: graph.MSE{}})
	absolute, _ := value(graph.Objective{Loss: graph.MAE{}})
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	if p.Parts[0].Node != p.Loss || p.Parts[0].Target != p.Target || p.Parts[0].Name != "output" {
		t.Errorf("the part of a single loss is %+v", p.Parts[0])
	}
	both, _ := value(graph.Objective{Name: "a", Loss: graph.MSE{}, Weight: 2}, graph.Objective{Name: "b", Loss: graph.MAE{}, Weight: -0.5})
	if want := 2*squared - 0.5*absolute; math.Abs(both-want) > 1e-15 {
		t.Errorf("got %v, want %v", both, want)
	}
	if doubled, grads := value(graph.Objective{Loss: graph.MSE{}, Weight: 2}); doubled != 2*squared || grads[0] != 2*gradient[0] {
		t.Errorf("with a weight of 2: got %v and a gradient of %v, want %v and %v", doubled, grads[0], 2*squared, 2*gradient[0])
	}
}

// activity is a loss that reads no target.
type activity struct{ graph.MSE }

func (activity) Apply(b *graph.Builder, output, _ *gorgonia.Node) *gorgonia.Node {
	return b.Check(op.ReduceMean(b.Check(op.Mul(output, output)), []int{0, 1}, false))
}

// What is not read need not be fed: the target of a loss that reads none, an input that only a loss reads.
func TestUnreadInputsMayBeLeftOut(t *testing.T) {
	x := randn(t, tensor.Float64, 1, 4, 3)
	p := build(t, graph.Config{Model: graph.Tanh, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 3}, Loss: activity{}})
	run(t, p, x, nil)
	if p.TargetValue() != nil || !(p.LossValue() > 0) {
		t.Errorf("target %v, loss %v", p.TargetValue(), p.LossValue())
	}
	p, values := several(t)
	values["note"] = tensor.New(tensor.WithShape(4), tensor.WithBacking(make([]bool, 4)))
	runNamed(t, p, values)
	delete(values, "note")
	runNamed(t, p, values)
	if p.Fed()["note"] != nil {
		t.Error("a value of an earlier run is still there")
	}
	without := build(t, graph.Config{Model: graph.Dense{Units: 2}, Params: graph.NewParams(tensor.Float64, 1), Inputs: inputs()})
	run(t, without, x, nil) // it reads the first input only
}

// The first input may be of ids.
func TestFirstInputOfIds(t *testing.T) {
	lookup := graph.LayerFunc(func(b *graph.Builder, ids *gorgonia.Node) *gorgonia.Node {
		b = b.Scope("lookup")
		return b.Check(op.Embedding(b.Param(graph.Param{Name: "weight", Role: graph.Weight, Init: initializer.Normal{Std: 1}}, 7, 3), ids))
	})
	p := build(t, graph.Config{
		Model: graph.Sequential{lookup, graph.Dense{Units: 2}}, Params: graph.NewParams(tensor.Float64, 1),
		Inputs: []graph.Input{{Name: "ids", Shape: tensor.Shape{5}, Dtype: tensor.Int}}, Loss: graph.CrossEntropy{},
	})
	x, y := classes(t, 5, 7, 1), classes(t, 5, 2, 2)
	run(t, p, x, y)
	checkGradient(t, p, x, y)
	if net := p.Structure(); net.Depth() != 2 || len(net.Unreached()) > 0 {
		t.Errorf("the structure is\n%v", net)
	}
}

// Layers end at outputs, but not at a value inside the network that is an output too.
func TestStructureOfOutputs(t *testing.T) {
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		h := graph.Dense{Units: 4}.Apply(b, x)
		b.Output("before", h)
		z := graph.Dense{Units: 3}.Apply(b, graph.Tanh.Apply(b, h))
		b.Output("probability", graph.Sigmoid.Apply(b, z))
		return z
	})
	for _, loss := range []graph.Loss{graph.BCE{}, nil} {
		p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 3}, Loss: loss})
		if len(p.Layers) != 2 || p.Layers[0].Act == nil || p.Layers[1].Act != nil || p.Layers[1].Pre != p.Output {
			t.Errorf("loss %v: the structure is\n%v", loss, p.Structure())
		}
	}
}
