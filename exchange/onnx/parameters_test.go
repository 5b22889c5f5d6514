package onnx_test

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// floats is a constant of numbers 0.5.
func floats(name string, shape ...int) *onnxfile.Tensor {
	t := &onnxfile.Tensor{Name: name, Type: onnxfile.Float, Shape: shape, Raw: []byte{}}
	for range tensor.Shape(shape).TotalSize() {
		t.Raw = binary.LittleEndian.AppendUint32(t.Raw, math.Float32bits(0.5))
	}
	return t
}

// written is a constant that is written as a node.
func written(t *onnxfile.Tensor) *onnxfile.Node {
	return with(node("Constant", "", t.Name), "value", onnxfile.Attribute{Type: onnxfile.AttributeTensor, Tensor: t})
}

// Constants of one element are parameters of layers; elementwise operations read them as parameters if they are initialisers with an axis,
// and as numbers of the graph otherwise. Constants that are joined are parameters if a layer reads them.
func TestParameters(t *testing.T) {
	images := node("Reshape", "x shape", "images")
	shape := shapeNode("shape", 0, 1, 2, 2)
	flat := []*onnxfile.Node{shapeNode("rows", 0, -1), node("Reshape", "z rows", "y")}
	for name, c := range map[string]struct {
		constants []*onnxfile.Tensor
		nodes     []*onnxfile.Node
		want      string
	}{
		"Gemm":       {[]*onnxfile.Tensor{floats("w", 4, 1), floats("b", 1)}, []*onnxfile.Node{node("Gemm", "x w b", "y")}, "b w"},
		"Gemm ()":    {[]*onnxfile.Tensor{floats("w", 4, 1), floats("b")}, []*onnxfile.Node{node("Gemm", "x w b", "y")}, "b w"},
		"MatMul":     {[]*onnxfile.Tensor{floats("w", 4, 1), floats("b", 1)}, []*onnxfile.Node{node("MatMul", "x w", "z"), node("Add", "z b", "y")}, "b w"},
		"PRelu":      {[]*onnxfile.Tensor{floats("slope", 1)}, []*onnxfile.Node{node("PRelu", "x slope", "y")}, "slope"},
		"PRelu node": {nil, []*onnxfile.Node{written(floats("slope", 1)), node("PRelu", "x slope", "y")}, "slope"},
		"passed":     {[]*onnxfile.Tensor{floats("slope", 1, 1)}, []*onnxfile.Node{shapeNode("s", 1), node("Reshape", "slope s", "a"), node("PRelu", "x a", "y")}, "slope"},
		"scalar":     {[]*onnxfile.Tensor{floats("gain", 1)}, []*onnxfile.Node{node("Mul", "x gain", "y")}, "gain"},
		"Conv": {[]*onnxfile.Tensor{floats("w", 1, 1, 1, 1), floats("b", 1)},
			append([]*onnxfile.Node{shape, images, node("Conv", "images w b", "z")}, flat...), "b w"},
		"BatchNormalization": {[]*onnxfile.Tensor{floats("g", 1), floats("s", 1), floats("m", 1), floats("v", 1)},
			append([]*onnxfile.Node{shape, images, node("BatchNormalization", "images g s m v", "z")}, flat...), "g m s v"},
		"RNN": {[]*onnxfile.Tensor{floats("w", 1, 2, 4), floats("r", 1, 2, 2), floats("bi", 1, 2), floats("bh", 1, 2)}, []*onnxfile.Node{
			shapeNode("s", 1, -1, 4), node("Reshape", "x s", "steps"), integerAttribute(node("Concat", "bi bh", "b"), "axis", 1),
			integerAttribute(node("RNN", "steps w r b", "z"), "hidden_size", 2), shapeNode("rows", -1, 2), node("Reshape", "z rows", "y")}, "bh bi r w"},
		"number ()":   {[]*onnxfile.Tensor{floats("half"), floats("b", 1)}, []*onnxfile.Node{node("Mul", "x half", "z"), node("Add", "z b", "y")}, "b"},
		"number node": {[]*onnxfile.Tensor{floats("b", 1)}, []*onnxfile.Node{written(floats("half", 1)), node("Mul", "x half", "z"), node("Add", "z b", "y")}, "b"},
	} {
		file, err := onnx.Read(fileOf(func(g *onnxfile.Graph) { g.Initializers, g.Nodes = c.constants, c.nodes }))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		model, err := file.Model(onnx.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{3, 4}, Loss: graph.MSE{}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var names []string
		for _, w := range p.Weights {
			names = append(names, w.Name)
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: got the parameters %q, want %q", name, got, c.want)
		}
		x := tensor.New(tensor.WithShape(3, 4), tensor.WithBacking([]float32{1, -2, 3, -4, 5, -6, 7, -8, 9, 0, 1, -2}))
		if err := p.Run(x, tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(p.Outputs[0].Node.Shape()...))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range p.Weights {
			if (w.Grad == nil) == w.Trainable() {
				t.Errorf("%s: %s: got gradient %v, and trainable %v", name, w.Name, w.Grad, w.Trainable())
			}
		}
	}
}
