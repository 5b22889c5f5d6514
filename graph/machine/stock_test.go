package machine_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// newStockConvNet is a small convolutional network made of Gorgonia's own operations: convolution, rectifier, pooling,
// reshape, matrix product, softmax and a negative log-likelihood.
func newStockConvNet(t *testing.T) (g *gorgonia.ExprGraph, loss *gorgonia.Node, weights gorgonia.Nodes) {
	t.Helper()
	g = gorgonia.NewGraph()
	input := func(name string, seed uint64, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, gorgonia.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
			gorgonia.WithValue(randn(t, tensor.Float64, seed, shape...)))
	}
	must := gorgonia.Must
	x, w1, w2 := input("x", 1, 2, 1, 6, 6), input("w1", 2, 3, 1, 3, 3), input("w2", 3, 27, 4)
	h := must(gorgonia.Conv2d(x, w1, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	h = must(gorgonia.MaxPool2D(must(gorgonia.Rectify(h)), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	h = must(gorgonia.Mul(must(gorgonia.Reshape(h, tensor.Shape{2, 27})), w2))
	p := must(gorgonia.SoftMax(h))
	y := input("y", 4, 2, 4)
	loss = must(gorgonia.Neg(must(gorgonia.Mean(must(gorgonia.HadamardProd(must(gorgonia.Log(p)), y))))))
	weights = gorgonia.Nodes{w1, w2}
	if _, err := gorgonia.Grad(loss, weights...); err != nil {
		t.Fatal(err)
	}
	return g, loss, weights
}

// The machine runs operations it knows nothing about, and gives what TapeMachine gives where that is right.
func TestStockConvNetAsOnTapeMachine(t *testing.T) {
	g, loss, weights := newStockConvNet(t)
	m := machine.New(g)
	for range 3 { // nothing may build up from run to run
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	g2, loss2, weights2 := newStockConvNet(t)
	if err := gorgonia.NewTapeMachine(g2, gorgonia.BindDualValues(weights2...)).RunAll(); err != nil {
		t.Fatal(err)
	}
	if math.Abs(scalar(loss)-scalar(loss2)) > 1e-12 {
		t.Errorf("loss %v, TapeMachine's %v", scalar(loss), scalar(loss2))
	}
	for i, w := range weights {
		got, err := w.Grad()
		if err != nil {
			t.Fatal(err)
		}
		want, err := weights2[i].Grad()
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range floats(want) {
			if math.Abs(floats(got)[j]-v) > 1e-12 {
				t.Fatalf("gradient of %s[%d] is %v, TapeMachine's %v", w.Name(), j, floats(got)[j], v)
			}
		}
	}
}

// Gorgonia's BinaryXent removes a node from the graph, whose index of nodes is stale from then on. The operands of each node
// are right all the same.
func TestMachineAfterANodeWasRemoved(t *testing.T) {
	g := gorgonia.NewGraph()
	vector := func(name string, values ...float64) *gorgonia.Node {
		return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName(name), gorgonia.WithShape(len(values)),
			gorgonia.WithValue(tensor.New(tensor.WithBacking(values), tensor.WithShape(len(values)))))
	}
	p, target := vector("p", 0.25, 0.5), vector("target", 1, 0)
	losses := gorgonia.Must(gorgonia.BinaryXent(p, target))
	m := machine.New(g, losses)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-math.Log(0.25), -math.Log(0.5)} {
		if got := losses.Value().Data().([]float64)[i]; math.Abs(got-want) > 1e-12 {
			t.Errorf("loss %d is %g, want %g", i, got, want)
		}
	}
}

// A reshaping operation of a program's own reshapes the value that it reads, as Gorgonia's for YOLO does.
type reshaping struct{ graphtest.Broken }

func (reshaping) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	x := in[0].(*tensor.Dense)
	out := x.Clone().(*tensor.Dense)
	return out, x.Reshape(x.Shape().TotalSize(), 1)
}

// The value has its own shape again in the next run.
func TestOperationThatReshapesItsInput(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(2, 3), gorgonia.WithName("x"), gorgonia.WithValue(randn(t, tensor.Float64, 1, 2, 3)))
	h := gorgonia.Must(gorgonia.Add(x, x))
	y := gorgonia.Must(gorgonia.ApplyOp(reshaping{}, h))
	z := gorgonia.Must(gorgonia.Tanh(h))
	m := machine.New(g)
	for range 3 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		for i, v := range floats(x.Value()) {
			if floats(y.Value())[i] != 2*v || math.Abs(floats(z.Value())[i]-math.Tanh(2*v)) > 1e-12 {
				t.Fatalf("got %v and %v of %v", y.Value(), z.Value(), x.Value())
			}
		}
	}
}

// Gorgonia's slice gives a number where one element is left, and its concatenation slices the gradient back into parts.
func TestSlicesOfOneElementAsOnTapeMachine(t *testing.T) {
	draw := func() (*gorgonia.ExprGraph, gorgonia.Nodes) {
		g := gorgonia.NewGraph()
		x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(1, 1), gorgonia.WithName("x"), gorgonia.WithValue(randn(t, tensor.Float64, 1, 1, 1)))
		two := gorgonia.Must(gorgonia.Concat(1, gorgonia.Must(gorgonia.Tanh(x)), gorgonia.Must(gorgonia.Exp(x))))
		part := gorgonia.Must(gorgonia.Slice(two, nil, gorgonia.S(0, 1)))
		loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(two))))
		dx, err := gorgonia.Grad(loss, x)
		if err != nil {
			t.Fatal(err)
		}
		return g, append(dx, gorgonia.Must(gorgonia.Neg(part)), part)
	}
	g, nodes := draw()
	m := machine.New(g)
	for range 3 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	g2, want := draw()
	if err := gorgonia.NewTapeMachine(g2).RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, n := range nodes {
		got, want := n.Value(), want[i].Value()
		if !got.Shape().Eq(n.Shape()) || fmt.Sprint(got.Data()) != fmt.Sprint(want.Data()) && fmt.Sprint(got.Data()) != fmt.Sprintf("[%v]", want.Data()) {
			t.Errorf("node %v: got %v of shape %v, TapeMachine's is %v", n, got.Data(), got.Shape(), want.Data())
		}
	}
}

// Gorgonia's operations on images run on our kernels, each as one step, and what Grad draws for the mask of Rectify and for the data
// does not run.
func TestStockConvNetRunsOnOurKernels(t *testing.T) {
	g, _, _ := newStockConvNet(t)
	m := machine.New(g)
	if err := m.StartTiming(); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	for _, s := range m.Timing().Steps {
		name, _, _ := strings.Cut(s.Op, "(")
		count[name]++
	}
	for name, want := range map[string]int{
		"conv2d": 1, "conv_weight_backward[3 3] of 2d": 1, "conv_transposed2d": 0, "relu": 1, "rectify_backward": 1, "max_pool2d": 2,
		"im2col<": 0, "col2im<": 0, ">=": 0, "A × B": 1,
	} {
		if count[name] != want {
			t.Errorf("%d steps %q, want %d; all: %v", count[name], name, want, count)
		}
	}
}

// A gradient that a program asks for is computed, also if only a gradient that nobody can have reads it.
func TestDerivativesAreKept(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(2, 3), gorgonia.WithName("x"), gorgonia.WithValue(randn(t, tensor.Float64, 1, 2, 3)))
	y := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(2, 3), gorgonia.WithName("y"), gorgonia.WithValue(randn(t, tensor.Float64, 2, 2, 3)))
	miss := gorgonia.Must(gorgonia.Sub(x, y)) // d/dx is the gradient of miss, d/dy its negative
	if _, err := gorgonia.Grad(gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(miss)))), x); err != nil {
		t.Fatal(err)
	}
	if err := machine.New(g).RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, v := range floats(x.Deriv().Value()) {
		if want := 2 * (floats(x.Value())[i] - floats(y.Value())[i]); math.Abs(v-want) > 1e-14 {
			t.Errorf("gradient of element %d is %v, want %v", i, v, want)
		}
	}
}

// A machine that keeps the outputs alone gives the same loss and gradients, and other nodes no values.
func TestKeepOutputs(t *testing.T) {
	g, loss, weights := newStockConvNet(t)
	all := machine.New(g)
	if err := all.RunAll(); err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{scalar(loss)}}
	for _, w := range weights {
		want = append(want, slices.Clone(floats(w.Deriv().Value())))
	}
	g, loss, weights = newStockConvNet(t)
	twice := gorgonia.Must(op.Add(weights[0].Deriv(), weights[0].Deriv())) // so that another node reads the gradient
	m := machine.New(g)
	m.KeepOutputs()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	got := [][]float64{{scalar(loss)}}
	for _, w := range weights {
		got = append(got, floats(w.Deriv().Value()))
	}
	for i := range want {
		for j, v := range want[i] {
			if math.Abs(got[i][j]-v) > 1e-12 {
				t.Errorf("output %d: element %d is %v, want %v", i, j, got[i][j], v)
			}
		}
	}
	if twice.Value() == nil {
		t.Error("a node that no other reads has no value")
	}
	kept := 0
	for _, n := range m.Nodes() {
		if n.Value() != nil && len(op.Operands(n)) > 0 {
			kept++
		}
	}
	if kept > 4 {
		t.Errorf("%d nodes have values after a run, want the loss, two gradients and their sum", kept)
	}
}
