package graph_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// stockNetwork draws the network p was drawn from with Gorgonia's own operations, for its TapeMachine: the same weights,
// broadcast biases, tanh, and a squared error.
func stockNetwork(t *testing.T, p *graph.Program, x, y *tensor.Dense) (loss *gorgonia.Node, grads gorgonia.Nodes) {
	t.Helper()
	g := gorgonia.NewGraph()
	input := func(name string, v *tensor.Dense) *gorgonia.Node {
		return gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name),
			gorgonia.WithValue(v.Clone().(*tensor.Dense)))
	}
	h := input("x", x)
	var wrt gorgonia.Nodes
	for i := 0; i < len(p.Weights); i += 2 {
		w, b := input(fmt.Sprint("w", i), p.Weights[i].Value), input(fmt.Sprint("b", i), p.Weights[i+1].Value)
		h = gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(h, w)), b, nil, []byte{0}))
		if i+2 < len(p.Weights) {
			h = gorgonia.Must(gorgonia.Tanh(h))
		}
		wrt = append(wrt, w, b)
	}
	loss = gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(h, input("y", y)))))))
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		t.Fatal(err)
	}
	if err := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(wrt...)).RunAll(); err != nil {
		t.Fatal(err)
	}
	return loss, grads
}

// Our operations on our machine agree with Gorgonia's operations on Gorgonia's machine, on a network where the latter are
// right. Both sum in other orders: the tolerance is 1000 roundings of the largest gradient.
func TestSameNetworkAsStockGorgoniaOnTapeMachine(t *testing.T) {
	for dt, rounding := range map[tensor.Dtype]float64{tensor.Float32: 1.2e-7, tensor.Float64: 2.2e-16} {
		t.Run(dt.String(), func(t *testing.T) {
			p := build(t, graph.Config{
				Model:  mlp.Model{Input: 7, Hidden: []int{16, 12, 9}, Output: 3, Activation: graph.Tanh},
				Params: graph.NewParams(dt, 1), Input: tensor.Shape{11, 7}, Loss: graph.MSE{},
			})
			x, y := randn(t, dt, 2, 11, 7), randn(t, dt, 3, 11, 3)
			run(t, p, x, y)
			loss, grads := stockNetwork(t, p, x, y)
			want := floats(loss.Value())[0]
			if got := p.LossValue(); math.Abs(got-want) > 1000*rounding*want {
				t.Errorf("loss %v, stock Gorgonia %v", got, want)
			}
			for i, w := range p.Weights {
				got, want := floats(w.Grad.Value()), floats(grads[i].Value())
				largest := 0.0
				for _, v := range want {
					largest = math.Max(largest, math.Abs(v))
				}
				for j := range want {
					if math.Abs(got[j]-want[j]) > 1000*rounding*largest {
						t.Errorf("%s[%d]: gradient %v, stock Gorgonia %v", w.Name, j, got[j], want[j])
					}
				}
			}
		})
	}
}
