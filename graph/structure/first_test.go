package structure_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/recurrent"
)

// The first recurrent layers are those that no other one comes before, at whatever depth.
func TestFirstRecurrent(t *testing.T) {
	branches := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		deep := graph.Sequential{attention.FeedForward{Hidden: 7}, recurrent.LSTM{Units: 5}, recurrent.RNN{Units: 5, Last: true}}
		return b.Check(gorgonia.Concat(1, recurrent.RNN{Units: 5, Last: true}.Apply(b, x), deep.Apply(b, x)))
	})
	for _, c := range []struct {
		name  string
		layer graph.Layer
		want  []bool // of the recurrent layers' sequences, by depth
	}{
		{"a stack", recurrent.RNN{Units: 5, Layers: 3, Last: true}, []bool{true, false, false}},
		{"an unrolled stack", recurrent.RNN{Units: 5, Layers: 2, Last: true, Unrolled: true}, []bool{true, false}},
		{"both ways", recurrent.RNN{Units: 5, Layers: 2, Bidirectional: true, Last: true}, []bool{true, true, false, false}},
		{"an unrolled stack of gated units", recurrent.GRU{Units: 5, Layers: 2, Last: true, Unrolled: true}, []bool{true, false}},
		{"branches", branches, []bool{true, true, false}},
	} {
		p, err := graph.Build(graph.Config{
			Model: graph.Sequential{c.layer, graph.Dense{Units: 2}}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 6, 3}, Loss: graph.CrossEntropy{},
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		for _, s := range p.Structure().Sequences {
			if s.Recurrent {
				got = append(got, s.First)
			} else if s.First {
				t.Errorf("%s: a sequence that is not recurrent is first", c.name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v\n%v", c.name, got, c.want, p.Structure())
		}
		p.Close()
	}
}
