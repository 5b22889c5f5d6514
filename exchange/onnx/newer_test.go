package onnx_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// runNewer runs nodes of opset 21 on x, and gives the output y.
func runNewer(t *testing.T, x array, list ...*onnxfile.Node) []float64 {
	t.Helper()
	in := onnxfile.Port{Name: "x", Type: onnxfile.Float, Known: true}
	for _, n := range x.Shape {
		in.Shape = append(in.Shape, onnxfile.Dim{Size: n})
	}
	m := onnxfile.Model{IR: 10, Opsets: map[string]int64{"": 21}, Graph: &onnxfile.Graph{
		Nodes: list, Inputs: []onnxfile.Port{in}, Outputs: []onnxfile.Port{{Name: "y", Type: onnxfile.Float}},
	}}
	file, err := onnx.Read(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return importOutputs(t, file, map[string]array{"x": x}, onnx.Options{})["y"].Data
}

func integerAttribute(n *onnxfile.Node, name string, v int64) *onnxfile.Node {
	return with(n, name, onnxfile.Attribute{Type: onnxfile.AttributeInt, Int: v})
}

// Operations that the tests of ONNX 1.12 do not have yet, against formulas and against layers of ours.
func TestNewerOperations(t *testing.T) {
	x := random(1, 2, 4, 3)
	gelu := runNewer(t, x, node("Gelu", "x", "y"))
	for i, v := range x.Data {
		if want := v / 2 * (1 + math.Erf(v/math.Sqrt2)); !(math.Abs(gelu[i]-want) <= 1e-6) {
			t.Errorf("Gelu of %g is %g, want %g", v, gelu[i], want)
		}
	}
	split := runNewer(t, x, integerAttribute(node("Split", "x", "a b"), "axis", 2), node("ReduceSum", "b", "y"))
	sum := 0.0
	for i := 2; i < len(x.Data); i += 3 { // three columns for two outputs are two and one
		sum += x.Data[i]
	}
	if !(math.Abs(split[0]-sum) <= 1e-5) {
		t.Errorf("the last column has the sum %g, want %g", split[0], sum)
	}
	padded := runNewer(t, x, shapeNode("p", 1, 0), shapeNode("a", 2), &onnxfile.Node{Op: "Pad", Inputs: []string{"x", "p", "", "a"}, Outputs: []string{"y"}})
	if len(padded) != 32 || padded[0] != 0 || padded[1] != x.Data[0] || padded[4] != 0 {
		t.Errorf("got %v, want a zero before each row", padded)
	}
}

func TestGroupNormalization(t *testing.T) {
	x := random(1, 2, 4, 3)
	got := runNewer(t, x, shapeNode("n", 4), node("ConstantOfShape", "n", "zeros"), node("Exp", "zeros", "ones"),
		integerAttribute(node("GroupNormalization", "x ones zeros", "y"), "num_groups", 2))
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: graph.GroupNorm{Groups: 2}, Params: params, Input: x.Shape, Mode: graph.Eval})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(x.tensor(t, tensor.Float32), nil); err != nil {
		t.Fatal(err)
	}
	checkSame(t, "groups", map[string]array{"y": {Data: got}}, map[string]array{"y": {Data: numbersOf(p.Output)}}, 1e-6)
}
