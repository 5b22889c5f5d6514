package vanishing_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing"
)

// Layers that multiply by no plain matrix vanish as others do, over the depth or over time.
func TestUnusualLayersVanish(t *testing.T) {
	must := gorgonia.Must
	deep := func(layer func(s *stockGraph, h *gorgonia.Node, name string) *gorgonia.Node) func(s *stockGraph) *gorgonia.Node {
		return func(s *stockGraph) *gorgonia.Node {
			h := s.normal("x", 1, 4, 6)
			for i := range 30 {
				h = must(gorgonia.Sigmoid(layer(s, h, fmt.Sprint("w", i+1))))
			}
			return h
		}
	}
	overTime := func(next func(s *stockGraph, x, h *gorgonia.Node) *gorgonia.Node) func(s *stockGraph) *gorgonia.Node {
		return func(s *stockGraph) *gorgonia.Node {
			w, h := s.weight("w", 0.3, 3, 6), s.normal("h0", 0.1, 4, 6)
			for i := range 40 {
				h = next(s, must(gorgonia.Mul(s.normal(fmt.Sprint("x", i), 1, 4, 3), w)), h)
			}
			return h
		}
	}
	var factor *gorgonia.Node
	for name, c := range map[string]struct {
		draw   func(s *stockGraph) *gorgonia.Node
		layers int
	}{
		"pruned weights": {deep(func(s *stockGraph, h *gorgonia.Node, name string) *gorgonia.Node {
			return must(gorgonia.Mul(h, must(gorgonia.HadamardProd(s.weight(name, 0.3, 6, 6), s.normal(name+"/mask", 1, 6, 6)))))
		}), 31},
		"a factor for each unit": {deep(func(s *stockGraph, h *gorgonia.Node, name string) *gorgonia.Node {
			return must(gorgonia.BroadcastHadamardProd(h, s.weight(name, 0.3, 1, 6), nil, []byte{0}))
		}), 31},
		"a leaky state": {overTime(func(_ *stockGraph, x, h *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Add(must(gorgonia.Mul(gorgonia.NewConstant(0.5), h)), must(gorgonia.Tanh(x))))
		}), 41},
		"a factor for each state": {overTime(func(s *stockGraph, x, h *gorgonia.Node) *gorgonia.Node {
			if factor == nil {
				factor = s.weight("factor", 0.5, 1, 6)
			}
			return must(gorgonia.Tanh(must(gorgonia.Add(x, must(gorgonia.BroadcastHadamardProd(h, factor, nil, []byte{0}))))))
		}), 41},
	} {
		s := newStockGraph(t)
		p := s.watched(must(gorgonia.Mul(c.draw(s), s.weight("out", 0.3, 6, 2))))
		if d := vanishing.Diagnose(p); d.Verdict != vanishing.Vanishing || len(p.Layers) != c.layers {
			t.Errorf("%s: got %v with %d layers, want vanishing with %d: %s", name, d.Verdict, len(p.Layers), c.layers, d.Sentence)
		}
	}
}

// Weights that make no layer leave the verdict open, although the layers beside them are healthy.
func TestWeightsOutsideLayersLeaveTheVerdictOpen(t *testing.T) {
	param := func(b *graph.Builder, shape ...int) *gorgonia.Node {
		return b.Scope("odd").Param(graph.Param{Name: "w", Role: graph.Weight, Init: initializer.Normal{Std: 0.3}}, shape...)
	}
	for name, odd := range map[string]func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node{
		"a product written as a multiplication and a sum": func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
			products := b.Check(op.BroadcastMul(b.Check(gorgonia.Reshape(h, tensor.Shape{structureBatch, 8, 1})), param(b, 1, 8, 8)))
			return b.Check(op.ReduceSum(products, []int{1}, false))
		},
		"distances from centres": func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
			apart := b.Check(op.BroadcastSub(b.Check(gorgonia.Reshape(h, tensor.Shape{structureBatch, 1, 8})), param(b, 1, 8, 8)))
			return b.Check(op.ReduceSum(b.Check(op.Mul(apart, apart)), []int{2}, false))
		},
		"a vector of all weights": func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
			return b.Check(gorgonia.ApplyOp(mystery{}, h, b.Check(gorgonia.Reshape(param(b, 64), tensor.Shape{8, 8}))))
		},
	} {
		p, _ := observed(t, graph.Sequential{own(8, 0.3), graph.Tanh, graph.LayerFunc(odd), graph.Tanh, own(3, 0.3)})
		if d := vanishing.Diagnose(p); d.Verdict != vanishing.Undetermined || !slices.Equal(p.Unseen, []string{"odd1/w"}) {
			t.Errorf("%s: got %v, unseen %v, want undetermined because of odd1/w: %s", name, d.Verdict, p.Unseen, d.Sentence)
		}
	}
}

// A shift adds a vector to each row, and is of unknown kind.
type shift struct{ mystery }

func (shift) Type() hm.Type {
	a := hm.TypeVariable('a')
	m := gorgonia.TensorType{Dims: 2, Of: a}
	return hm.NewFnType(m, gorgonia.TensorType{Dims: 1, Of: a}, m)
}
func (shift) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (shift) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	sum := in[0].(*tensor.Dense).Clone().(*tensor.Dense)
	vector := in[1].(*tensor.Dense).Float64s()
	for i := range sum.Float64s() {
		sum.Float64s()[i] += vector[i%len(vector)]
	}
	return sum, nil
}
func (shift) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	ofVector, err := op.SumRows(grad)
	return gorgonia.Nodes{grad, ofVector}, err
}
func (shift) Hashcode() uint32 { return 8 }
func (shift) String() string   { return "shift" }

// A vector that an unknown operation adds to the units does not leave the verdict open.
func TestVectorsOfUnknownOperations(t *testing.T) {
	odd := graph.LayerFunc(func(b *graph.Builder, h *gorgonia.Node) *gorgonia.Node {
		v := b.Scope("odd").Param(graph.Param{Name: "v", Role: graph.Bias, Init: initializer.Constant{}}, 8)
		return b.Check(gorgonia.ApplyOp(shift{}, h, v))
	})
	p, built := observed(t, graph.Sequential{own(8, 0.3), graph.Tanh, odd, own(8, 0.3), graph.Tanh, own(3, 0.3)})
	if len(built.Structure().Unreached()) != 1 || len(p.Unseen) > 0 {
		t.Errorf("got unseen %v of\n%v", p.Unseen, built.Structure())
	}
	expect(t, p, vanishing.Healthy)
}

// A weight that was left out of the learnables still makes its layer.
func TestWeightsLeftOutOfTheLearnables(t *testing.T) {
	s, must := newStockGraph(t), gorgonia.Must
	h := s.normal("x", 1, 4, 6)
	for i := range 30 {
		h = must(gorgonia.Sigmoid(must(gorgonia.Mul(h, s.weight(fmt.Sprint("w", i+1), 0.3, 6, 6)))))
	}
	loss := must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Mul(h, s.weight("out", 0.3, 6, 2)))))))
	if _, err := gorgonia.Grad(loss, s.learnables...); err != nil {
		t.Fatal(err)
	}
	w, err := vanishing.Watch(loss, s.learnables[0], s.learnables[30])
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Machine().RunAll(); err != nil {
		t.Fatal(err)
	}
	p := w.Profile()
	if len(p.Layers) != 31 || len(p.Params) != 2 {
		t.Errorf("got %d layers and %d parameters, want 31 and 2", len(p.Layers), len(p.Params))
	}
	expect(t, p, vanishing.Vanishing, "layer 1 receives")
}
