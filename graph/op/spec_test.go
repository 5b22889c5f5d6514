package op_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Every op has a kind, forward and in gradients. Only what a graph of gradients alone has is of KindGradient.
func TestEveryOpHasAKind(t *testing.T) {
	for _, c := range opCases() {
		nodes := square()
		y, err := c.draw(c.on(nodes))
		if err != nil {
			t.Fatalf("%s %s: %v", c.op, c.name, err)
		}
		if kind := op.SpecOf(y).Kind; kind == op.KindUnknown || kind == op.KindGradient && c.op != "SumRows" && !strings.HasSuffix(c.op, "Gradient") {
			t.Errorf("%s %s is of kind %v", c.op, c.name, kind)
		}
		if c.noGrad {
			continue
		}
		if !y.IsScalar() {
			y = gorgonia.Must(gorgonia.Sum(y))
		}
		if _, err := gorgonia.Grad(y, c.by(nodes)); err != nil {
			t.Fatalf("%s %s: %v", c.op, c.name, err)
		}
		for _, n := range y.Graph().AllNodes() {
			if o, ours := n.Op().(*op.Op); ours && o.Spec().Kind == op.KindUnknown {
				t.Errorf("%s %s: %v in its gradient has no kind", c.op, c.name, o)
			}
		}
	}
}

// The attributes are those that the op was made with.
func TestSpecTellsAttributes(t *testing.T) {
	in := square()
	x, y := in['x'], in['y']
	stats := func(axis op.Axis) (*gorgonia.Node, *gorgonia.Node) {
		mean := gorgonia.Must(op.Mean(x, axis))
		return mean, gorgonia.Must(op.RStd(x, mean, axis, 1e-5))
	}
	mean, rstd := stats(op.OverFeatures)
	for _, c := range []struct {
		n    *gorgonia.Node
		want op.Spec
	}{
		{x, op.Spec{Kind: op.KindInput}},
		{gorgonia.Must(op.MatMul(x, y, true, false)), op.Spec{Kind: op.KindMatMul, TransA: true}},
		{gorgonia.Must(op.BatchedMatMul(in['c'], in['d'], false, true)), op.Spec{Kind: op.KindMatMul, TransB: true}},
		{gorgonia.Must(op.Activate(op.ELU, 1.5, x)), op.Spec{Kind: op.KindActivate, Activation: op.ELU, Alpha: 1.5}},
		{gorgonia.Must(op.Scale(x, -0.5)), op.Spec{Kind: op.KindScale, Factor: -0.5}},
		{gorgonia.Must(op.BroadcastSub(x, in['v'])), op.Spec{Kind: op.KindSub}},
		{gorgonia.Must(op.ReduceMax(in['c'], []int{2, 0}, false)), op.Spec{Kind: op.KindMax, Axes: []int{0, 2}}},
		{gorgonia.Must(op.ReduceMean(x, nil, true)), op.Spec{Kind: op.KindMean, Axes: []int{0, 1}, Keep: true}},
		{mean, op.Spec{Kind: op.KindMean, Over: op.OverFeatures}},
		{rstd, op.Spec{Kind: op.KindRStd, Over: op.OverFeatures, Eps: 1e-5}},
		{gorgonia.Must(op.RStdOf(in['v'], 1e-3)), op.Spec{Kind: op.KindRStd, Eps: 1e-3}},
		{gorgonia.Must(op.PadChannels(in['i'], 6, 2)), op.Spec{Kind: op.KindPad, Step: 2}},
		{gorgonia.Must(op.Map(op.Clip, 0, 6, x)), op.Spec{Kind: op.KindElementwise, Name: "clip", Beta: 6}},
		{gorgonia.Must(op.MapPair(op.LessEqual, x, y)), op.Spec{Kind: op.KindCompare, Sign: "<="}},
		{gorgonia.Must(op.Normalize(x, mean, rstd, in['v'], in['w'], op.OverFeatures, true)),
			op.Spec{Kind: op.KindNormalize, Over: op.OverFeatures, Frozen: true}},
	} {
		if got := op.SpecOf(c.n); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v has %+v, want %+v", c.n.Op(), got, c.want)
		}
	}
}

// Gorgonia's own operations are recognised with their attributes.
func TestSpecsOfStockOperations(t *testing.T) {
	g := gorgonia.NewGraph()
	node := func(name string, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
	}
	x, y, v, image := node("x", 4, 4), node("y", 4, 4), node("v", 4), node("image", 2, 3, 4, 4)
	batches := node("batches", 2, 3, 4)
	scale, bias := node("scale", 2, 3, 4, 4), node("bias", 2, 3, 4, 4)
	normed, _, _, _, err := gorgonia.BatchNorm(image, scale, bias, 0.9, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	var read gorgonia.Value
	must := gorgonia.Must
	for _, c := range []struct {
		n    *gorgonia.Node
		want op.Spec
	}{
		{gorgonia.NewConstant(2.0), op.Spec{Kind: op.KindConstant}},
		{must(gorgonia.Mul(x, must(gorgonia.Transpose(y)))), op.Spec{Kind: op.KindMatMul}},
		{must(gorgonia.BatchedMatMul(batches, batches, false, true)), op.Spec{Kind: op.KindMatMul, TransB: true}},
		{must(gorgonia.Mul(v, x)), op.Spec{Kind: op.KindMatVec, TransA: true}},
		{must(gorgonia.Mul(v, v)), op.Spec{Kind: op.KindDot}},
		{must(gorgonia.OuterProd(v, v)), op.Spec{Kind: op.KindOuter}},
		{must(gorgonia.Tensordot([]int{1}, []int{0}, x, y)), op.Spec{Kind: op.KindTensordot}},
		{must(gorgonia.Add(x, y)), op.Spec{Kind: op.KindAdd}},
		{must(gorgonia.Sub(x, y)), op.Spec{Kind: op.KindSub}},
		{must(gorgonia.HadamardProd(x, y)), op.Spec{Kind: op.KindMul}},
		{must(gorgonia.HadamardDiv(x, y)), op.Spec{Kind: op.KindDiv}},
		{must(gorgonia.Pow(x, y)), op.Spec{Kind: op.KindPow}},
		{must(gorgonia.Gte(x, y, true)), op.Spec{Kind: op.KindCompare, Sign: ">="}},
		{must(gorgonia.Tanh(x)), op.Spec{Kind: op.KindActivate, Activation: op.Tanh, Name: "tanh"}},
		{must(gorgonia.Sigmoid(x)), op.Spec{Kind: op.KindActivate, Activation: op.Sigmoid, Name: "sigmoid"}},
		{must(gorgonia.Softplus(x)), op.Spec{Kind: op.KindActivate, Activation: op.Softplus, Name: "softplus"}},
		{must(gorgonia.Exp(x)), op.Spec{Kind: op.KindExp, Name: "exp"}},
		{must(gorgonia.Log(x)), op.Spec{Kind: op.KindLog, Name: "ln"}},
		{must(gorgonia.Sqrt(x)), op.Spec{Kind: op.KindSqrt, Name: "sqrt"}},
		{must(gorgonia.Square(x)), op.Spec{Kind: op.KindSquare, Name: "square"}},
		{must(gorgonia.Neg(x)), op.Spec{Kind: op.KindNeg, Name: "neg"}},
		{must(gorgonia.Inverse(x)), op.Spec{Kind: op.KindInverse, Name: "inv"}},
		{must(gorgonia.InverseSqrt(x)), op.Spec{Kind: op.KindInverseSqrt, Name: "invSqrt"}},
		{must(gorgonia.Cos(x)), op.Spec{Kind: op.KindElementwise, Name: "cos"}},
		{must(gorgonia.Sum(image, 0, 2)), op.Spec{Kind: op.KindSum, Axes: []int{0, 2}}},
		{must(gorgonia.Max(x, 1)), op.Spec{Kind: op.KindMax, Axes: []int{1}}},
		{normed, op.Spec{Kind: op.KindAdd}},
		{must(gorgonia.SoftMax(x)), op.Spec{Kind: op.KindSoftmax}},
		{must(gorgonia.SoftMax(y, 0)), op.Spec{Kind: op.KindSoftmax, Axes: []int{0}}},
		{must(gorgonia.LogSoftMax(batches)), op.Spec{Kind: op.KindLogSoftmax}},
		{must(gorgonia.Reshape(x, []int{2, 8})), op.Spec{Kind: op.KindReshape}},
		{must(gorgonia.ApplyOp(gorgonia.Iop{}, x)), op.Spec{Kind: op.KindReshape, Name: "identity"}},
		{must(gorgonia.Transpose(batches, 0, 2, 1)), op.Spec{Kind: op.KindTranspose, Axes: []int{0, 2, 1}}},
		{must(gorgonia.Gte(x, y, false)), op.Spec{Kind: op.KindCompare, Sign: ">=", Bool: true}},
		{must(gorgonia.Slice(x, gorgonia.S(0, 2))), op.Spec{Kind: op.KindSlice, Bounds: []int{0, 2, 1}, Axes: []int{0}}},
		{must(gorgonia.At(x, 1, 2)), op.Spec{Kind: op.KindSlice, Name: "at"}},
		{must(gorgonia.AveragePool2D(image, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})), op.Spec{Kind: op.KindPool, Name: "average"}},
		{must(gorgonia.GlobalAveragePool2D(image)), op.Spec{Kind: op.KindPool, Name: "global average"}},
		{gorgonia.Read(x, &read), op.Spec{Kind: op.KindStatement, Name: "read"}},
		{must(gorgonia.Concat(1, x, y)), op.Spec{Kind: op.KindConcat, Axes: []int{1}}},
		{must(gorgonia.MaxPool2D(image, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2})), op.Spec{Kind: op.KindPool}},
		{must(gorgonia.Dropout(x, 0.5)), op.Spec{Kind: op.KindDropout}},
		{must(gorgonia.SizeOf(0, x)), op.Spec{Kind: op.KindSize}},
	} {
		if got := op.SpecOf(c.n); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v has %+v, want %+v", c.n, got, c.want)
		}
	}
	kinds := map[op.Kind]bool{}
	for _, n := range g.AllNodes() {
		kinds[op.SpecOf(n).Kind] = true
	}
	if !kinds[op.KindNormalize] || kinds[op.KindUnknown] {
		t.Errorf("batch normalisation found: %v, unknown operations: %v", kinds[op.KindNormalize], kinds[op.KindUnknown])
	}
}

// Operands are right where the graph's own answer is about another node: after Gorgonia has removed one, as BinaryXent
// makes it do.
func TestOperandsAfterANodeWasRemoved(t *testing.T) {
	g := gorgonia.NewGraph()
	vector := func(name string) *gorgonia.Node {
		return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithShape(4), gorgonia.WithName(name))
	}
	p, target := vector("p"), vector("target")
	loss := gorgonia.Must(gorgonia.BinaryXent(p, target)) // -(target·log(p) + (1 - target)·log(1 - p))
	product := op.Operands(op.Operands(loss)[0])[0]
	if g.Node(product.ID()) == product {
		t.Fatal("the graph finds its nodes: this test shows nothing any more")
	}
	from := op.Operands(product)
	if len(from) != 2 || from[0] != target || op.SpecOf(from[1]).Kind != op.KindLog || !slices.Equal(op.Operands(from[1]), []*gorgonia.Node{p}) {
		t.Errorf("target·log(p) reads %v", from)
	}
	if got := op.Operands(p); len(got) > 0 {
		t.Errorf("an input reads %v", got)
	}
	if got := op.Operands(nil); got != nil {
		t.Errorf("nil reads %v", got)
	}
}
