package structure_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/recurrent"
)

// shared applies one dense layer again and again; with adds what each application reads beside the result of the last.
func shared(times int, with func(b *graph.Builder, x, h *gorgonia.Node, i int) *gorgonia.Node) graph.Layer {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		b = b.Scope("shared")
		w := b.Param(graph.Param{Name: "weight", Init: initializer.XavierNormal{}, Fan: initializer.Fan{In: 5, Out: 5}}, 5, 5)
		h := with(b, x, nil, 0)
		for i := range times {
			h = graph.Tanh.Apply(b, b.Check(op.MatMul(h, w, false, false)))
			h = with(b, x, h, i+1)
		}
		return h
	})
}

// A weight that is used at several depths makes a stack, whatever it reads of the same input; a recurrent layer reads new data at each step.
func TestStacked(t *testing.T) {
	plain := func(b *graph.Builder, x, h *gorgonia.Node, _ int) *gorgonia.Node {
		if h == nil {
			return x
		}
		return h
	}
	again := func(b *graph.Builder, x, h *gorgonia.Node, _ int) *gorgonia.Node {
		if h == nil {
			return x
		}
		return b.Check(op.Add(h, x))
	}
	slices := func(b *graph.Builder, x, h *gorgonia.Node, i int) *gorgonia.Node {
		at := b.Check(gorgonia.Slice(x, nil, gorgonia.S(i)))
		if h == nil {
			return at
		}
		return b.Check(op.Add(h, at))
	}
	constant := func(b *graph.Builder, x, h *gorgonia.Node, i int) *gorgonia.Node { return slices(b, x, h, min(i, 1)) }
	flat, sequence := tensor.Shape{4, 5}, tensor.Shape{4, 6, 5}
	for _, c := range []struct {
		name  string
		layer graph.Layer
		input tensor.Shape
		want  bool
	}{
		{"one dense layer at several depths", shared(4, plain), flat, true},
		{"with the input added each time", shared(4, again), flat, true},
		{"with one and the same input from the second time on", shared(4, constant), sequence, true},
		{"over the slices of a sequence", shared(4, slices), sequence, false},
		{"unrolled", recurrent.RNN{Units: 5, Last: true, Unrolled: true}, sequence, false},
		{"unrolled, gated", recurrent.LSTM{Units: 5, Last: true, Unrolled: true}, sequence, false},
		{"in reverse", recurrent.GRU{Units: 5, Layers: 2, Bidirectional: true, Last: true, Unrolled: true}, sequence, false},
		{"fused", recurrent.LSTM{Units: 5, Last: true}, sequence, false},
	} {
		p, err := graph.Build(graph.Config{
			Model: graph.Sequential{c.layer, graph.Dense{Units: 2}}, Params: graph.NewParams(tensor.Float64, 1), Input: c.input, Loss: graph.CrossEntropy{},
		})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, s := range p.Structure().Sequences {
			if !s.Recurrent {
				continue
			}
			if found = true; s.Stacked != c.want {
				t.Errorf("%s: got %v, want %v\n%v", c.name, s.Stacked, c.want, p.Structure())
			}
		}
		if !found {
			t.Errorf("%s: no sequence\n%v", c.name, p.Structure())
		}
		p.Close()
	}
}
