package op_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// An activation of a linear map is one op that gives, bit by bit, the result of the two one after another. The sizes give vector
// kernels whole vectors and a tail.
func TestFusedLinearAndActivation(t *testing.T) {
	for _, dt := range floatTypes {
		for _, a := range activations {
			for _, bias := range []bool{false, true} {
				in := inputs(copyOf(dt, randn(1, 37, 19)), copyOf(dt, randn(2, 19, 45)), copyOf(dt, randn(3, 45)))
				if !bias {
					in[2] = nil
				}
				z := must(t)(op.Linear(in[0], in[1], in[2]))
				y := must(t)(op.Activate(a.a, a.alpha, z))
				runAll(t, y)
				fused := y.Op().(*op.Op).Fuse(z.Op().(*op.Op), 0)
				if fused == nil {
					t.Fatalf("%v cannot be fused with %v", y.Op(), z.Op())
				}
				args := []gorgonia.Value{in[0].Value(), in[1].Value()}
				if bias {
					args = append(args, in[2].Value())
				}
				got, err := fused.Do(args...)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.EqualFunc(goldens.Floats(t, got.Data()), floats(t, y), sameBits) {
					t.Errorf("%v: %v gives other numbers than its parts", dt, fused)
				}
			}
		}
	}
}

// Ops that cannot be fused are not, and fused ops of different parts have different names: the machine merges by name.
func TestFuse(t *testing.T) {
	nodes := square()
	opOf := func(n *gorgonia.Node, err error) *op.Op { return must(t)(n, err).Op().(*op.Op) }
	x, y, v := nodes['x'], nodes['y'], nodes['v']
	relu, tanh := opOf(op.Activate(op.ReLU, 0, x)), opOf(op.Activate(op.Tanh, 0, x))
	linear, transposed := opOf(op.Linear(x, y, v)), opOf(op.MatMul(x, y, true, false))
	for _, pair := range [][2]*op.Op{{relu, relu}, {linear, relu}, {linear, linear}, {relu, transposed}, {opOf(op.Softmax(x)), linear}} {
		if o := pair[0].Fuse(pair[1], 0); o != nil {
			t.Errorf("%v of %v became %v", pair[0], pair[1], o)
		}
	}
	names := map[string]bool{}
	for _, inner := range []*op.Op{linear, opOf(op.Linear(x, y, nil))} {
		for _, outer := range []*op.Op{relu, tanh, opOf(op.Activate(op.LeakyReLU, 0.1, x)), opOf(op.Activate(op.LeakyReLU, 0.2, x))} {
			fused := outer.Fuse(inner, 0)
			names[fused.String()] = true
			shapes := make([]tensor.Shape, fused.Arity())
			for i := range shapes {
				shapes[i] = tensor.Shape{4, 4}
			}
			if got, want := fused.Work(shapes), inner.Work(shapes); got != want {
				t.Errorf("%v is %d multiplications, want %d", fused, got, want)
			}
		}
	}
	if len(names) != 8 {
		t.Errorf("eight fused ops have the names %v", fmt.Sprint(names))
	}
}
