package op_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// stockNodes draws Gorgonia's own operations on tensors of positive numbers, so that roots and logarithms exist.
func stockNodes(t *testing.T, dt tensor.Dtype) gorgonia.Nodes {
	t.Helper()
	g := gorgonia.NewGraph()
	in := func(name string, shape ...int) *gorgonia.Node {
		v := make([]float64, tensor.Shape(shape).TotalSize())
		for i := range v {
			v[i] = 0.5 + math.Mod(float64(i*7+len(name)), 11)/5
		}
		value, err := tensors.FromSlice(dt, v, shape...)
		if err != nil {
			t.Fatal(err)
		}
		return gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(value))
	}
	x, y, w, v, u, x3 := in("x", 3, 4), in("yy", 3, 4), in("w", 4, 5), in("v", 4), in("u", 3), in("x3", 2, 3, 4)
	s := gorgonia.NewScalar(g, dt, gorgonia.WithName("s"), gorgonia.WithValue(scalarOf(dt, 1.5)))
	var nodes gorgonia.Nodes
	add := func(n *gorgonia.Node, err error) { nodes = append(nodes, must(t)(n, err)) }
	for _, f := range []func(a, b *gorgonia.Node) (*gorgonia.Node, error){
		gorgonia.Add, gorgonia.Sub, gorgonia.HadamardProd, gorgonia.HadamardDiv, gorgonia.Pow,
	} {
		add(f(x, y))
		add(f(x, s))
		add(f(s, x))
	}
	for _, f := range []func(a, b *gorgonia.Node, same bool) (*gorgonia.Node, error){
		gorgonia.Lt, gorgonia.Gt, gorgonia.Lte, gorgonia.Gte, gorgonia.Eq, gorgonia.Ne,
	} {
		add(f(x, y, true))
	}
	for _, f := range []func(a *gorgonia.Node) (*gorgonia.Node, error){
		gorgonia.Abs, gorgonia.Sign, gorgonia.Ceil, gorgonia.Floor, gorgonia.Sin, gorgonia.Cos, gorgonia.Exp, gorgonia.Log,
		gorgonia.Log2, gorgonia.Neg, gorgonia.Square, gorgonia.Sqrt, gorgonia.Inverse, gorgonia.InverseSqrt, gorgonia.Cube,
		gorgonia.Tanh, gorgonia.Sigmoid, gorgonia.Log1p, gorgonia.Expm1, gorgonia.Softplus,
	} {
		add(f(x))
		add(f(s))
	}
	add(gorgonia.Mul(x, w))
	add(gorgonia.Mul(x, v))
	add(gorgonia.Mul(v, in("v2", 4)))
	add(gorgonia.OuterProd(u, v))
	add(gorgonia.BroadcastAdd(x, v, nil, []byte{0}))
	add(gorgonia.BroadcastHadamardProd(x, u, nil, []byte{1}))
	add(gorgonia.Transpose(x))
	add(gorgonia.Transpose(x3, 2, 0, 1))
	add(gorgonia.Reshape(x, tensor.Shape{6, 2}))
	for _, along := range [][]int{{}, {0}, {1}} {
		add(gorgonia.Sum(x, along...))
		add(gorgonia.Max(x, along...))
	}
	for _, along := range [][]int{{0}, {1}, {2}, {0, 2}, {1, 2}} {
		add(gorgonia.Sum(x3, along...))
	}
	for _, slices := range [][]tensor.Slice{{gorgonia.S(1, 2)}, {nil, gorgonia.S(0, 2)}, {nil, nil, gorgonia.S(0, 4, 2)}, {nil, nil, gorgonia.S(1, 4)}} {
		sliced := must(t)(gorgonia.Slice(x3, slices...))
		add(sliced, nil)
		if sliced.Dims() == 3 {
			add(gorgonia.Concat(len(slices)-1, sliced, x3, sliced))
		}
		grad(t, must(t)(gorgonia.Sum(must(t)(gorgonia.Square(sliced)))), x3)
	}
	add(gorgonia.SoftMax(x))
	add(gorgonia.LogSoftMax(y))
	// Gradients bring in the transposed products and the gradients of softmax.
	p, q := must(t)(gorgonia.SoftMax(must(t)(gorgonia.Mul(x, w)))), must(t)(gorgonia.LogSoftMax(must(t)(gorgonia.Mul(y, w))))
	grad(t, must(t)(gorgonia.Sum(must(t)(gorgonia.Add(must(t)(gorgonia.Square(p)), must(t)(gorgonia.Square(q)))))), x, y, w)
	return g.AllNodes()
}

func scalarOf(dt tensor.Dtype, v float64) any {
	if dt == tensor.Float32 {
		return float32(v)
	}
	return v
}

// A replacement gives the same result as the stock operation.
func TestReplacementsComputeTheSame(t *testing.T) {
	checkReplacements(t, stockNodes, map[string]int{
		"gorgonia.elemBinOp": 21, "gorgonia.elemUnaryOp": 40, "gorgonia.linAlgBinOp": 7, "*gorgonia.repeatOp": 2, "gorgonia.sumOp": 8,
		"*gorgonia.maxOp": 3, "gorgonia.reshapeOp": 1, "gorgonia.transposeOp": 2, "*gorgonia.softmaxOp": 4, "*gorgonia.softmaxDiffOp": 2,
		"*gorgonia.sliceOp": 4, "gorgonia.sliceIncrOp": 4, "gorgonia.concatOp": 3,
	})
}

// checkReplacements runs the stock operations of a graph one by one, and the replacements of those that have one, on the values of the
// stock operations. At least so many of each type must have one.
func checkReplacements(t *testing.T, draw func(*testing.T, tensor.Dtype) gorgonia.Nodes, least map[string]int) {
	t.Helper()
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		tolerance := 1e-14 // some ulp of numbers about 1
		if dt == tensor.Float32 {
			tolerance = 2e-6
		}
		values := make(map[*gorgonia.Node]gorgonia.Value)
		replaced := make(map[string]int)
		for _, n := range draw(t, dt) {
			if n.Op() == nil {
				values[n] = n.Value()
				continue
			}
			values[n] = runStock(t, n, values)
			o, reads := op.Replacement(n)
			if o == nil {
				continue
			}
			replaced[fmt.Sprintf("%T", n.Op())]++
			checkReplacement(t, n, o, valuesOf(values, reads), values[n], tolerance)
		}
		for name, n := range least {
			if replaced[name] < n {
				t.Errorf("%v: %d of %s were replaced, expected at least %d", dt, replaced[name], name, n)
			}
		}
	}
}

func valuesOf(values map[*gorgonia.Node]gorgonia.Value, nodes []*gorgonia.Node) (list []gorgonia.Value) {
	for _, n := range nodes {
		list = append(list, values[n])
	}
	return list
}

// runStock runs the operation of a node.
func runStock(t *testing.T, n *gorgonia.Node, values map[*gorgonia.Node]gorgonia.Value) gorgonia.Value {
	t.Helper()
	v, err := n.Op().Do(valuesOf(values, op.Operands(n))...)
	if err != nil {
		t.Fatalf("%v: %v", n.Op(), err)
	}
	if d, isTensor := v.(*tensor.Dense); isTensor && d.RequiresIterator() {
		return d.Materialize().(*tensor.Dense)
	}
	return v
}

func checkReplacement(t *testing.T, n *gorgonia.Node, o *op.Op, in []gorgonia.Value, want gorgonia.Value, tolerance float64) {
	t.Helper()
	got, err := o.Do(in...)
	if err != nil {
		t.Errorf("%v: %v", n.Op(), err)
		return
	}
	a, b := goldens.Floats(t, got.Data()), goldens.Floats(t, want.Data())
	if len(a) != len(b) {
		t.Errorf("%v: %d elements, want %d", n.Op(), len(a), len(b))
		return
	}
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= tolerance*max(1, math.Abs(b[i]))) {
			t.Errorf("%v of %v: element %d is %v, Gorgonia's %v", n.Op(), n.Dtype(), i, a[i], b[i])
			return
		}
	}
}

// Where Gorgonia's own result is wrong, the replacement is right: sums along axis 2 of four, and softmax of large
// logits.
func TestReplacementsAreRightWhereStockIsWrong(t *testing.T) {
	g := gorgonia.NewGraph()
	shape := []int{2, 3, 4, 5}
	values := make([]float64, 120)
	for i := range values {
		values[i] = float64(i * i % 17)
	}
	x := input(g, "x", tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values)))
	logits := input(g, "logits", tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{0, 0, 900, 0})))
	sum, p := must(t)(gorgonia.Sum(x, 2)), must(t)(gorgonia.SoftMax(logits))
	run(t, sum, p)
	for i := range 2 * 3 {
		for l := range 5 {
			want := 0.0
			for k := range 4 {
				want += values[(i*4+k)*5+l]
			}
			if got := floats(t, sum)[i*5+l]; got != want {
				t.Fatalf("sum along axis 2: element %d is %g, want %g", i*5+l, got, want)
			}
		}
	}
	if got := floats(t, p); got[0] != 0.5 || got[2] != 1 || got[3] != 0 {
		t.Errorf("softmax %v, want 0.5 0.5 1 0", got)
	}
	stock, err := sum.Op().Do(x.Value())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := goldens.Floats(t, stock.Data()), floats(t, sum); fmt.Sprint(a) == fmt.Sprint(b) {
		t.Error("Gorgonia's own sum along axis 2 of four is right now: the replacement is no longer needed for that")
	}
}
