package graph_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/op"
)

// recurrent is a network with a recurrence over x (steps, batch, features).
func recurrent(r graph.Recurrence, units int) graph.Model {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		outputs, _ := r.Draw(b, gorgonia.Nodes{x}, gorgonia.Nodes{b.Zeros(x.Shape()[1], units)})
		return outputs[0]
	})
}

// simple is a plain recurrent step.
func simple(units int) func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
	return func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		z := b.Check(op.Add(graph.Dense{Units: units}.Apply(b, inputs[0]), graph.Dense{Units: units, NoBias: true}.Apply(b, states[0])))
		h := graph.LayerNorm{}.Apply(b, graph.Tanh.Apply(b, z))
		return gorgonia.Nodes{h}, gorgonia.Nodes{h}
	}
}

// The unrolled form declares the same parameters, and gives the same numbers to the bit.
func TestRecurrenceUnrolled(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		build := func(unroll bool) *graph.Program {
			p := graphtest.Build(t, graph.Config{
				Model: recurrent(graph.Recurrence{Step: simple(4), Unroll: unroll}, 4), Params: graph.NewParams(dt, 1), Input: tensor.Shape{6, 3, 2}, Loss: graph.MSE{},
			})
			graphtest.Run(t, p, graphtest.Randn(t, dt, 1, 6, 3, 2), graphtest.Randn(t, dt, 2, 6, 3, 4))
			return p
		}
		got, want := build(false), build(true)
		if len(got.Weights) != len(want.Weights) || len(got.Weights) != 5 {
			t.Fatalf("got %d parameters and %d unrolled, want 5", len(got.Weights), len(want.Weights))
		}
		if math.Float64bits(got.LossValue()) != math.Float64bits(want.LossValue()) {
			t.Errorf("got the loss %v, want %v", got.LossValue(), want.LossValue())
		}
		for i, w := range want.Weights {
			a, b := graphtest.Floats(got.Weights[i].Grad.Value()), graphtest.Floats(w.Grad.Value())
			for k := range b {
				if got.Weights[i].Name != w.Name || math.Float64bits(a[k]) != math.Float64bits(b[k]) {
					t.Fatalf("parameter %s: got %v, want %s with %v", got.Weights[i].Name, a, w.Name, b)
				}
			}
		}
	}
}

// Programs for training and evaluation share the parameters of a step and give the same outputs. A run allocates nothing.
func TestRecurrenceInEvaluation(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	c := graph.Config{Model: recurrent(graph.Recurrence{Step: simple(4)}, 4), Params: params, Input: tensor.Shape{6, 3, 2}, Loss: graph.MSE{}}
	train := graphtest.Build(t, c)
	c.Mode = graph.Eval
	evaluate := graphtest.Build(t, c)
	x, y := graphtest.Randn(t, tensor.Float64, 1, 6, 3, 2), graphtest.Randn(t, tensor.Float64, 2, 6, 3, 4)
	for _, p := range []*graph.Program{train, evaluate} {
		graphtest.Run(t, p, x, y)
		if allocs := testing.AllocsPerRun(3, func() { graphtest.Run(t, p, x, y) }); allocs != 0 {
			t.Errorf("%v: got %v allocations in a run", p.Mode, allocs)
		}
	}
	if len(params.All()) != 5 || train.LossValue() != evaluate.LossValue() {
		t.Errorf("got %d parameters, and the losses %v and %v", len(params.All()), train.LossValue(), evaluate.LossValue())
	}
}

// A step reads inputs of the program, the same in each step.
func TestRecurrenceReadsInputs(t *testing.T) {
	step := func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		h := b.Check(op.Add(states[0], b.Check(op.Mul(inputs[0], b.Input("gate")))))
		return gorgonia.Nodes{h}, gorgonia.Nodes{h}
	}
	p := graphtest.Build(t, graph.Config{
		Model: recurrent(graph.Recurrence{Step: step}, 2), Params: graph.NewParams(tensor.Float64, 1),
		Inputs: []graph.Input{{Name: "x", Shape: tensor.Shape{3, 1, 2}}, {Name: "gate", Shape: tensor.Shape{1, 2}}},
	})
	x := tensor.New(tensor.WithShape(3, 1, 2), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	gate := tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{10, 0.5}))
	if err := p.RunNamed(map[string]*tensor.Dense{"x": x, "gate": gate}); err != nil {
		t.Fatal(err)
	}
	want := []float64{10, 1, 40, 3, 90, 6}
	for i, v := range graphtest.Floats(p.Output.Value()) {
		if v != want[i] {
			t.Fatalf("got %v, want %v", p.Output.Value(), want)
		}
	}
}

// What cannot be in a step is an error that names the layer.
func TestRecurrenceErrors(t *testing.T) {
	layer := func(f func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node) graph.Recurrence {
		return graph.Recurrence{Step: func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			return states, gorgonia.Nodes{f(b, inputs[0])}
		}}
	}
	for _, c := range []struct {
		r    graph.Recurrence
		want []string
	}{
		{graph.Recurrence{}, []string{"layer scan1", "no Step"}},
		{layer(graph.Dropout{P: 0.5}.Apply), []string{"layer scan1", "draws random numbers", "draw a mask outside"}},
		{layer(graph.BatchNorm{}.Apply), []string{"layer scan1/batchnorm1", "Update", "normalise over the features"}},
		{layer(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return b.Failf("spilt") }), []string{"layer scan1", "spilt"}},
		{layer(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			b.Output("inner", x)
			return x
		}), []string{"layer scan1", `output "inner"`}},
		{layer(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			graph.Named("a", graph.Dense{Units: 2}).Apply(b, x)
			return graph.Named("a", graph.Dense{Units: 2}).Apply(b, x)
		}), []string{"scan1", `the name "scan1/a" is taken`}},
	} {
		_, err := graph.Build(graph.Config{Model: recurrent(c.r, 2), Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{6, 3, 2}, Loss: graph.MSE{}})
		graphtest.WantError(t, err, c.want...)
	}
}

// The trace of a layer in a step has its nodes there, the number of steps, and a gradient that taps see in each of them.
func TestTraceOfRecurrence(t *testing.T) {
	p := graphtest.Build(t, graph.Config{
		Model: recurrent(graph.Recurrence{Step: simple(4)}, 4), Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{6, 3, 2}, Loss: graph.MSE{},
	})
	if len(p.Layers) != 1 || p.Layers[0].Steps != 6 || !p.Layers[0].Recurrent || p.LayerOf(p.Layers[0].Pre) != "scan1" {
		t.Fatalf("got the layers %+v", p.Layers)
	}
	var steps []int
	p.Machine().TapSteps(p.Layers[0].Pre.Deriv(), func(step int, _ gorgonia.Value) { steps = append(steps, step) })
	graphtest.Run(t, p, graphtest.Randn(t, tensor.Float64, 1, 6, 3, 2), graphtest.Randn(t, tensor.Float64, 2, 6, 3, 4))
	if want := []int{5, 4, 3, 2, 1, 0}; !slices.Equal(steps, want) {
		t.Errorf("got the steps %v, want %v", steps, want)
	}
}

// A recurrence in the step of another gives the numbers of its unrolled form, and has its structure.
func TestRecurrenceInRecurrence(t *testing.T) {
	build := func(unroll bool) *graph.Program {
		inner := graph.Recurrence{Step: simple(4), Unroll: unroll}
		outer := graph.Recurrence{Unroll: unroll, Step: func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			_, last := inner.Draw(b, inputs, states)
			return last, last
		}}
		model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			x = b.Check(gorgonia.Reshape(x, tensor.Shape{3, 4, 3, 2}))
			outputs, _ := outer.Draw(b, gorgonia.Nodes{x}, gorgonia.Nodes{b.Zeros(3, 4)})
			return outputs[0]
		})
		p := graphtest.Build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{12, 3, 2}, Loss: graph.MSE{}})
		graphtest.Run(t, p, graphtest.Randn(t, tensor.Float64, 1, 12, 3, 2), graphtest.Randn(t, tensor.Float64, 2, 3, 3, 4))
		return p
	}
	got, want := build(false), build(true)
	if got.LossValue() != want.LossValue() {
		t.Errorf("got the loss %v, want %v", got.LossValue(), want.LossValue())
	}
	for i, w := range want.Weights {
		if a, b := graphtest.Floats(got.Weights[i].Grad.Value()), graphtest.Floats(w.Grad.Value()); !slices.Equal(a, b) {
			t.Errorf("parameter %s: got %v, want %v", w.Name, a, b)
		}
	}
	if a, b := got.Structure().String(), want.Structure().String(); a != b {
		t.Errorf("got\n%v\nwant\n%v", a, b)
	}
}
