package structure_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// A step of a recurrence, and a learnt state to begin with.
type stepCase struct {
	name string
	step func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes)
	// states is the number of states; 0 is one
	states int
}

const stepUnits = 6

func dense(b *graph.Builder, x *gorgonia.Node, name string) *gorgonia.Node {
	return graph.Named(name, graph.Dense{Units: stepUnits}).Apply(b, x)
}

func stepCases() []stepCase {
	rnn := func(b *graph.Builder, x, h gorgonia.Nodes) *gorgonia.Node {
		return graph.Tanh.Apply(b, b.Check(op.Add(dense(b, x[0], "in"), dense(b, h[0], "state"))))
	}
	return []stepCase{
		{name: "rnn", step: func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			y := rnn(b, x, h)
			return gorgonia.Nodes{y}, gorgonia.Nodes{y}
		}},
		{name: "residual", step: func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			y := b.Check(op.Add(h[0], rnn(b, x, h)))
			return gorgonia.Nodes{y}, gorgonia.Nodes{y}
		}},
		{name: "normalised, with an output layer", step: func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			z := b.Check(op.Add(dense(b, x[0], "in"), dense(b, h[0], "state")))
			y := graph.Tanh.Apply(b, graph.LayerNorm{}.Apply(b, z))
			return gorgonia.Nodes{y}, gorgonia.Nodes{graph.ReLU.Apply(b, dense(b, y, "out"))}
		}},
		{name: "gated", states: 2, step: func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			gate := func(name string, a graph.Activation) *gorgonia.Node {
				return a.Apply(b, b.Check(op.Add(dense(b, x[0], name+"_in"), dense(b, h[0], name+"_state"))))
			}
			c := b.Check(op.Add(b.Check(op.Mul(gate("forget", graph.Sigmoid), h[1])), b.Check(op.Mul(gate("input", graph.Sigmoid), gate("cell", graph.Tanh)))))
			y := b.Check(op.Mul(gate("output", graph.Sigmoid), graph.Tanh.Apply(b, c)))
			return gorgonia.Nodes{y, c}, gorgonia.Nodes{y}
		}},
		{name: "leaky", step: func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			y := b.Check(op.Add(b.Check(op.Scale(h[0], 0.9)), graph.Tanh.Apply(b, dense(b, x[0], "in"))))
			return gorgonia.Nodes{y}, gorgonia.Nodes{y}
		}},
		{name: "two layers", states: 2, step: func(b *graph.Builder, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			lower := graph.Tanh.Apply(b, b.Check(op.Add(dense(b, x[0], "in1"), dense(b, h[0], "state1"))))
			upper := graph.Tanh.Apply(b, b.Check(op.Add(dense(b, lower, "in2"), dense(b, h[1], "state2"))))
			return gorgonia.Nodes{lower, upper}, gorgonia.Nodes{upper}
		}},
	}
}

// build builds a network with a layer, the recurrence and another layer.
func (c stepCase) build(t *testing.T, steps int, unroll bool) *graph.Program {
	t.Helper()
	const batch = 3
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Check(gorgonia.Reshape(graph.Dense{Units: 4}.Apply(b, x), tensor.Shape{steps, batch, 4}))
		start := gorgonia.Nodes{b.Zeros(batch, stepUnits), b.Zeros(batch, stepUnits)}[:max(1, c.states)]
		outputs, _ := graph.Recurrence{Step: c.step, Unroll: unroll}.Draw(b, gorgonia.Nodes{x}, start)
		y := b.Check(gorgonia.Reshape(outputs[0], tensor.Shape{steps * batch, stepUnits}))
		return graph.Dense{Units: 2}.Apply(b, graph.ReLU.Apply(b, graph.Dense{Units: 5}.Apply(b, y)))
	})
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{steps * batch, 3}, Loss: graph.MSE{}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A recurrence that is one operation has the structure of its unrolled form, and all of its parameters are reached.
func TestStructureOfRecurrence(t *testing.T) {
	for _, c := range stepCases() {
		for _, steps := range []int{3, 5} {
			got, want := c.build(t, steps, false).Structure(), c.build(t, steps, true).Structure()
			if got.String() != want.String() {
				t.Errorf("%s over %d steps: got\n%v\nwant\n%v", c.name, steps, got, want)
			}
			if list := got.Unreached(); len(list) > 0 {
				t.Errorf("%s: unreached %v", c.name, list[0].Name)
			}
		}
	}
}

// A layer of the step is listed once, with nodes of the step: the gradient at its pre-activation is there.
func TestLayersOfRecurrence(t *testing.T) {
	for _, c := range stepCases() {
		for _, steps := range []int{1, 2, 30} {
			p := c.build(t, steps, false)
			names := make(map[string]bool)
			inside := 0
			for _, l := range p.Structure().Layers {
				if names[l.Path] {
					t.Errorf("%s: layer %s is listed twice", c.name, l.Path)
				}
				if names[l.Path] = true; l.Steps == 0 {
					continue
				}
				inside++
				if l.Steps != steps || l.Pre.Graph() == p.Graph || l.Pre.Deriv() == nil {
					t.Errorf("%s: layer %s has %d steps and pre-activation %v with gradient %v", c.name, l.Path, l.Steps, l.Pre, l.Pre.Deriv())
				}
			}
			if inside == 0 {
				t.Errorf("%s over %d steps: no layer in the recurrence:\n%v", c.name, steps, p.Structure())
			}
			for _, s := range p.Structure().Sequences {
				if !slices.ContainsFunc(s.Layers, func(at int) bool { return p.Structure().Layers[at].Steps > 0 }) || s.Steps != steps {
					t.Errorf("%s: got a sequence of %d steps, want %d", c.name, s.Steps, steps)
				}
			}
		}
	}
}
