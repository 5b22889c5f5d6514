package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// linearHeads are two linear heads on h = x + E[id]: class logits z = h·A and a number s = h·v.
var linearHeads = graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	init := initializer.Normal{Std: 1}
	table := b.Param(graph.Param{Name: "E", Role: graph.Weight, Init: init}, 4, 3)
	h := b.Check(op.Add(x, b.Check(op.Embedding(table, b.Input("id")))))
	b.Output("number", b.Check(op.MatMul(h, b.Param(graph.Param{Name: "v", Role: graph.Weight, Init: init}, 3, 1), false, false)))
	return b.Check(op.MatMul(h, b.Param(graph.Param{Name: "A", Role: graph.Weight, Init: init}, 3, 2), false, false))
})

// With L = mean(-log softmax(z)[y]) + w·mean((s - t)²) over n samples, dL/dz = (softmax(z) - onehot(y))/n and
// dL/ds = 2w(s - t)/n, and so dL/dh = dL/dz·Aᵀ + dL/ds·vᵀ, of which each row is added to that row of E that it came from.
func TestTwoHeadsInClosedForm(t *testing.T) {
	const n, weight = 5, 0.3
	p := build(t, graph.Config{
		Model: linearHeads, Params: graph.NewParams(tensor.Float64, 1),
		Inputs: []graph.Input{{Name: "x", Shape: tensor.Shape{n, 3}}, {Name: "id", Shape: tensor.Shape{n}, Dtype: tensor.Int}},
		Losses: []graph.Objective{{Name: "class", Target: "y", Loss: graph.CrossEntropy{}}, {Output: "number", Target: "t", Loss: graph.MSE{}, Weight: weight}},
	})
	x, id, y, target := randn(t, tensor.Float64, 1, n, 3), ints(2, 0, 2, 3, 0), ints(0, 1, 1, 0, 1), randn(t, tensor.Float64, 2, n, 1)
	runNamed(t, p, map[string]*tensor.Dense{"x": x, "id": id, "y": y, "t": target})
	e, v, a := p.Params.Get("E").Value.Float64s(), p.Params.Get("v").Value.Float64s(), p.Params.Get("A").Value.Float64s()
	want := map[string][]float64{"E": make([]float64, 12), "v": make([]float64, 3), "A": make([]float64, 6)}
	loss := 0.0
	for i := range n {
		var h [3]float64
		var z [2]float64
		s := 0.0
		for j := range h {
			h[j] = x.Float64s()[3*i+j] + e[3*id.Ints()[i]+j]
			z[0], z[1], s = z[0]+h[j]*a[2*j], z[1]+h[j]*a[2*j+1], s+h[j]*v[j]
		}
		total := math.Exp(z[0]) + math.Exp(z[1])
		dz := [2]float64{math.Exp(z[0]) / total / n, math.Exp(z[1]) / total / n}
		dz[y.Ints()[i]] -= 1. / n
		difference := s - target.Float64s()[i]
		ds := 2 * weight * difference / n
		loss += (math.Log(total)-z[y.Ints()[i]])/n + weight*difference*difference/n
		for j := range h {
			want["A"][2*j] += h[j] * dz[0]
			want["A"][2*j+1] += h[j] * dz[1]
			want["v"][j] += h[j] * ds
			want["E"][3*id.Ints()[i]+j] += dz[0]*a[2*j] + dz[1]*a[2*j+1] + ds*v[j]
		}
	}
	const tolerance = 1e-14 // some dozens of roundings of numbers of size 1
	if math.Abs(p.LossValue()-loss) > tolerance {
		t.Errorf("got a loss of %v, want %v", p.LossValue(), loss)
	}
	for _, w := range p.Weights {
		for i, got := range floats(w.Grad.Value()) {
			if math.Abs(got-want[w.Name][i]) > tolerance {
				t.Errorf("gradient of %s[%d]: got %v, want %v", w.Name, i, got, want[w.Name][i])
			}
		}
	}
}
