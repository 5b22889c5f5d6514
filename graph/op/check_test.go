package op_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// shapes are uneven, so that a swapped axis or a wrong count shows.
var shapes = []tensor.Shape{{1, 1}, {2, 3}, {4, 7}, {5, 1}, {6}, {2, 3, 4}}

// newTensor makes a tensor of either float type.
func newTensor(dt tensor.Dtype, data []float64, shape ...int) *tensor.Dense {
	if dt == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(goldens.Tensor{Data: data}.Float32()))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(append([]float64(nil), data...)))
}

// copyOf copies a tensor of float64 as one of either float type, and labels as they are.
func copyOf(dt tensor.Dtype, x *tensor.Dense) *tensor.Dense {
	if x.Dtype() == tensor.Int {
		return x.Clone().(*tensor.Dense)
	}
	return newTensor(dt, x.Float64s(), x.Shape()...)
}

// newLabels makes a vector of class labels.
func newLabels(labels ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(labels)), tensor.WithBacking(append([]int(nil), labels...)))
}

// randn draws a seeded normal tensor whose elements are at least 0.1 from 0, where some functions have a kink.
func randn(seed uint64, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range data {
		x := rng.NormFloat64()
		data[i] = x + math.Copysign(0.1, x)
	}
	return newTensor(tensor.Float64, data, shape...)
}

// uniform draws a seeded tensor of numbers between 0.1 and 0.9, such as probabilities.
func uniform(seed uint64, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 1))
	data := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range data {
		data[i] = 0.1 + 0.8*rng.Float64()
	}
	return newTensor(tensor.Float64, data, shape...)
}

// inputs puts tensors on a new graph.
func inputs(values ...*tensor.Dense) gorgonia.Nodes {
	g := gorgonia.NewGraph()
	var nodes gorgonia.Nodes
	for i, v := range values {
		nodes = append(nodes, input(g, string(rune('a'+i)), v))
	}
	return nodes
}

func input(g *gorgonia.ExprGraph, name string, v *tensor.Dense) *gorgonia.Node {
	return gorgonia.NewTensor(g, v.Dtype(), v.Dims(), gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name),
		gorgonia.WithValue(v))
}

// run computes nodes on our machine.
func run(t testing.TB, nodes ...*gorgonia.Node) {
	t.Helper()
	if err := machine.New(nodes[0].Graph(), nodes...).RunAll(); err != nil {
		t.Fatal(err)
	}
}

// runAll computes nodes too, and keeps the value of every node they need.
func runAll(t testing.TB, nodes ...*gorgonia.Node) {
	t.Helper()
	m := machine.New(nodes[0].Graph(), nodes...)
	m.KeepAll()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
}

// must takes what a constructor returns, and fails the test on an error.
func must(t testing.TB) func(*gorgonia.Node, error) *gorgonia.Node {
	return func(n *gorgonia.Node, err error) *gorgonia.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// weigh gives L = <upstream, y>, a scalar whose gradient by y is the upstream, drawn with Gorgonia's own operations.
func weigh(t testing.TB, y *gorgonia.Node, upstream *tensor.Dense) *gorgonia.Node {
	t.Helper()
	if y.IsScalar() {
		var u any = goldens.Floats(t, upstream.Data())[0]
		if y.Dtype() == tensor.Float32 {
			u = float32(u.(float64))
		}
		return must(t)(gorgonia.Mul(y, gorgonia.NewConstant(u, gorgonia.WithName("upstream"))))
	}
	u := input(y.Graph(), fmt.Sprintf("upstream of %x", y.ID()), upstream)
	return must(t)(gorgonia.Sum(must(t)(gorgonia.HadamardProd(y, u))))
}

// grad is gorgonia.Grad, and fails the test on an error.
func grad(t testing.TB, loss *gorgonia.Node, wrt ...*gorgonia.Node) gorgonia.Nodes {
	t.Helper()
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		t.Fatal(err)
	}
	return grads
}

// floats reads the value of a node as float64.
func floats(t testing.TB, n *gorgonia.Node) []float64 {
	t.Helper()
	return goldens.Floats(t, n.Value().Data())
}

// near compares two numbers.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

// activations are all activations with the parameters they are tested with.
var activations = []struct {
	a     op.Activation
	alpha float64
}{
	{op.ReLU, 0}, {op.LeakyReLU, 0.2}, {op.ELU, 1}, {op.ELU, 0.5}, {op.SELU, 0}, {op.GELU, 0}, {op.GELUTanh, 0},
	{op.SiLU, 0}, {op.Sigmoid, 0}, {op.Tanh, 0}, {op.Erf, 0}, {op.Softsign, 0}, {op.Softplus, 0}, {op.Identity, 0}, {op.LeakyReLU, -0.5}, {op.ELU, -0.5},
}
