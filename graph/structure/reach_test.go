package structure_test

import (
	"hash"
	"hash/fnv"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// A strange is an operation on two matrices that nobody knows.
type strange struct{}

func (strange) Arity() int { return 2 }
func (strange) Type() hm.Type {
	m := gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
	return hm.NewFnType(m, m, m)
}
func (strange) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (strange) Do(...gorgonia.Value) (gorgonia.Value, error) { return nil, errors.New("not run") }
func (strange) ReturnsPtr() bool                             { return true }
func (strange) CallsExtern() bool                            { return false }
func (strange) OverwritesInput() int                         { return -1 }
func (strange) WriteHash(h hash.Hash)                        { h.Write([]byte("strange")) }
func (strange) String() string                               { return "strange" }
func (o strange) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// A weight that an unknown operation combines with samples is unreached; layers before and after it are found.
func TestUnknownOperation(t *testing.T) {
	s := newSketch()
	h := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "before", 6)))
	w := s.weight("hidden", 4, 6)
	h = must(gorgonia.ApplyOp(strange{}, h, must(gorgonia.Neg(w))))
	net := s.find(t, s.affine(must(gorgonia.Tanh(h)), "after", 3))
	golden(t, "unknown", net)
	list := net.Unreached()
	if len(list) != 1 || list[0].Node != w || list[0].Reader != h || list[0].Role != structure.NoRole {
		t.Fatalf("found\n%v", net)
	}
	if got := depths(net); got != "before 1\nafter 2\n" {
		t.Errorf("depths are\n%s", got)
	}
}

// The result of an unknown operation on weights alone is still a weight.
func TestUnknownOperationOnWeights(t *testing.T) {
	s := newSketch()
	w := must(gorgonia.ApplyOp(strange{}, s.weight("v", 6, 3), s.weight("scale", 6, 3)))
	net := s.find(t, must(gorgonia.Mul(s.input("x", 4, 6), w)))
	if len(net.Unreached()) > 0 || len(net.Layers) != 1 || len(net.Layers[0].Maps[0].Parameters) != 2 {
		t.Errorf("found\n%v", net)
	}
}

// Weights that make no layer that is known are unreached: those of a product that is written as a multiplication and a sum, centres
// that samples are compared with, and a network of parameters alone that computes a weight.
func TestWeightsThatMakeNoLayer(t *testing.T) {
	for want, draw := range map[string]func(s *sketch, x *gorgonia.Node) *gorgonia.Node{
		"written": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			w := must(gorgonia.Reshape(s.weight("written", 6, 5), tensor.Shape{1, 6, 5}))
			return must(op.ReduceSum(must(op.BroadcastMul(must(gorgonia.Reshape(x, tensor.Shape{4, 6, 1})), w)), []int{1}, false))
		},
		"centres": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			apart := must(op.BroadcastSub(must(gorgonia.Reshape(x, tensor.Shape{4, 1, 6})), s.weight("centres", 1, 5, 6)))
			return must(op.ReduceSum(must(gorgonia.Square(apart)), []int{2}, false))
		},
		"start first second": func(s *sketch, x *gorgonia.Node) *gorgonia.Node {
			hidden := must(gorgonia.Tanh(must(gorgonia.Mul(s.weight("start", 6, 3), s.weight("first", 3, 3)))))
			return must(gorgonia.Mul(x, must(gorgonia.Tanh(must(gorgonia.Mul(hidden, s.weight("second", 3, 5)))))))
		},
	} {
		s := newSketch()
		x := s.affine(s.input("x", 4, 6), "before", 6)
		net := s.find(t, s.affine(must(gorgonia.Tanh(draw(s, x))), "after", 3))
		var names []string
		for _, p := range net.Unreached() {
			if names = append(names, p.Name); p.Reader == nil {
				t.Errorf("%s: nothing reads it", p.Name)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("unreached: got %q, want %q, in\n%v", got, want, net)
		}
	}
}

// The gain of a normalisation may multiply the inverse of the deviation first.
func TestGainOfAStatistic(t *testing.T) {
	s := newSketch()
	x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "before", 5)))
	centred := must(op.BroadcastSub(x, must(op.ReduceMean(x, []int{1}, true))))
	scale := must(gorgonia.InverseSqrt(must(op.ReduceMean(must(gorgonia.Square(centred)), []int{1}, true))))
	y := must(op.Mul(centred, must(op.BroadcastMul(scale, s.weight("gain", 1, 5)))))
	if net := s.find(t, s.affine(y, "after", 3)); len(net.Unreached()) > 0 {
		t.Errorf("found\n%v", net)
	}
}

// Parameters that only a penalty reads, or nothing at all, are unreached. A number that is a bias is not.
func TestParametersBesideTheFlow(t *testing.T) {
	s := newSketch()
	penalised, unused, bias := s.weight("penalised", 3, 3), s.weight("unused", 3, 3), s.weight("bias")
	z := must(gorgonia.Add(must(gorgonia.Mul(s.input("x", 3), s.weight("w", 3))), bias))
	loss := must(gorgonia.Add(must(gorgonia.Square(z)), must(gorgonia.Sum(must(gorgonia.Square(penalised))))))
	net := s.find(t, loss)
	var names []string
	for _, p := range net.Unreached() {
		names = append(names, p.Name)
		if p.Reader != nil {
			t.Errorf("%s is read by %v", p.Name, p.Reader)
		}
	}
	if got := strings.Join(names, " "); got != "penalised unused" {
		t.Errorf("unreached are %q", got)
	}
	if len(net.Layers) != 1 || len(net.Layers[0].Bias) != 1 || net.Layers[0].Bias[0] != bias || unused.Graph() != s.g {
		t.Errorf("found\n%v", net)
	}
}
