package onnx_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// The units of an imported weight lie along the axis of the outputs, which differs from operation to operation and with its attributes.
func TestUnitsOfImportedWeights(t *testing.T) {
	bidirectional := integerAttribute(node("LSTM", "steps w r", "z"), "hidden_size", 2)
	bidirectional.Attributes["direction"] = &onnxfile.Attribute{Type: onnxfile.AttributeString, String: "bidirectional"}
	images := []*onnxfile.Node{shapeNode("shape", 0, 2, 2, 1), node("Reshape", "x shape", "images")}
	flat := []*onnxfile.Node{shapeNode("rows", 0, -1), node("Reshape", "z rows", "y")}
	around := func(n *onnxfile.Node) []*onnxfile.Node { return append(append(images[:2:2], n), flat...) }
	for name, c := range map[string]struct {
		constants []*onnxfile.Tensor
		nodes     []*onnxfile.Node
		want      map[string]structure.Units
	}{
		"Gemm": {[]*onnxfile.Tensor{floats("w", 4, 4)}, []*onnxfile.Node{node("Gemm", "x w", "y")},
			map[string]structure.Units{"w": {Blocks: 1, Count: 4, Run: 1}}},
		"Gemm, transB": {[]*onnxfile.Tensor{floats("w", 4, 4), floats("b", 4)}, []*onnxfile.Node{integerAttribute(node("Gemm", "x w b", "y"), "transB", 1)},
			map[string]structure.Units{"w": {Blocks: 1, Count: 4, Run: 4}}},
		"MatMul": {[]*onnxfile.Tensor{floats("w", 4, 4)}, []*onnxfile.Node{node("MatMul", "x w", "y")},
			map[string]structure.Units{"w": {Blocks: 1, Count: 4, Run: 1}}},
		"MatMul of a transposed weight": {[]*onnxfile.Tensor{floats("w", 4, 4)}, []*onnxfile.Node{node("Transpose", "w", "t"), node("MatMul", "x t", "y")},
			map[string]structure.Units{"w": {Blocks: 1, Count: 4, Run: 4}}},
		"Conv": {[]*onnxfile.Tensor{floats("w", 3, 2, 1, 1)}, around(node("Conv", "images w", "z")),
			map[string]structure.Units{"w": {Blocks: 1, Count: 3, Run: 2}}},
		"ConvTranspose": {[]*onnxfile.Tensor{floats("w", 2, 3, 2, 2)}, around(node("ConvTranspose", "images w", "z")),
			map[string]structure.Units{"w": {Blocks: 1, Count: 3, Run: 4}}},
		"ConvTranspose, group": {[]*onnxfile.Tensor{floats("w", 2, 3, 2, 2)}, around(integerAttribute(node("ConvTranspose", "images w", "z"), "group", 2)),
			map[string]structure.Units{"w": {Blocks: 2, Count: 3, Run: 4}}},
		"LSTM": {[]*onnxfile.Tensor{floats("w", 2, 8, 4), floats("r", 2, 8, 2)},
			[]*onnxfile.Node{shapeNode("s", 1, -1, 4), node("Reshape", "x s", "steps"), bidirectional, shapeNode("rows", -1, 4), node("Reshape", "z rows", "y")},
			map[string]structure.Units{"w": {Blocks: 2, Count: 8, Run: 4}, "r": {Blocks: 2, Count: 8, Run: 2}}},
	} {
		file, err := onnx.Read(fileOf(func(g *onnxfile.Graph) { g.Initializers, g.Nodes = c.constants, c.nodes }))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		model, err := file.Model(onnx.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		params := graph.NewParams(tensor.Float32, 1)
		if _, err := graph.Build(graph.Config{Model: model, Params: params, Input: tensor.Shape{3, 4}, Mode: graph.Eval}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for weight, want := range c.want {
			if got := params.Get(weight).Layout(); got != want {
				t.Errorf("%s: %s: got units %+v, want %+v", name, weight, got, want)
			}
		}
	}
}
