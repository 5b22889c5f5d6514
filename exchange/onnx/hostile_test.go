package onnx_test

import (
	"encoding/binary"
	"math"
	"runtime"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/onnxfile"
	"github.com/gradflow/gradflow/models/mlp"
)

// fileOf is a file with a graph of the input x of floats (batch, 4) and the output y.
func fileOf(change func(g *onnxfile.Graph)) []byte {
	g := &onnxfile.Graph{
		Inputs:  []onnxfile.Port{{Name: "x", Type: onnxfile.Float, Known: true, Shape: []onnxfile.Dim{{Name: "batch"}, {Size: 4}}}},
		Outputs: []onnxfile.Port{{Name: "y", Type: onnxfile.Float}},
	}
	change(g)
	m := onnxfile.Model{IR: 8, Opsets: map[string]int64{"": 17}, Graph: g}
	return m.Bytes()
}

func nodes(list ...*onnxfile.Node) []byte {
	return fileOf(func(g *onnxfile.Graph) { g.Nodes = list })
}

func node(kind string, inputs, outputs string) *onnxfile.Node {
	return &onnxfile.Node{Name: "the " + kind, Op: kind, Inputs: strings.Fields(inputs), Outputs: strings.Fields(outputs)}
}

// shapeNode gives a constant list of integers.
func shapeNode(name string, list ...int64) *onnxfile.Node {
	n := node("Constant", "", name)
	t := &onnxfile.Tensor{Type: onnxfile.Int64, Shape: []int{len(list)}, Raw: []byte{}}
	for _, v := range list {
		t.Raw = binary.LittleEndian.AppendUint64(t.Raw, uint64(v))
	}
	n.Attributes = map[string]*onnxfile.Attribute{"value": {Type: onnxfile.AttributeTensor, Tensor: t}}
	return n
}

func with(n *onnxfile.Node, name string, a onnxfile.Attribute) *onnxfile.Node {
	n.Attributes = map[string]*onnxfile.Attribute{name: &a}
	return n
}

// open reads a file, builds its model for two samples and runs it.
func open(contents []byte, o onnx.Options) error {
	f, err := onnx.Read(contents)
	if err != nil {
		return err
	}
	m, err := f.Model(o)
	if err != nil {
		return err
	}
	inputs, err := f.Inputs(2, o)
	if err != nil || len(inputs) == 0 {
		return err
	}
	p, err := graph.Build(graph.Config{Model: m, Inputs: inputs, Params: graph.NewParams(tensor.Float32, 1), Mode: graph.Eval})
	if err != nil {
		return err
	}
	defer p.Close()
	values := make(map[string]*tensor.Dense)
	for _, in := range p.Inputs {
		values[in.Name] = tensor.New(tensor.Of(in.Node.Dtype()), tensor.WithShape(in.Node.Shape()...))
	}
	return p.RunNamed(values)
}

// Files that are broken, ask for too much or for what is not supported give errors that name the trouble, in little memory.
func TestHostileFiles(t *testing.T) {
	external := &onnxfile.Tensor{Name: "w", Type: onnxfile.Float, Shape: []int{4, 4}}
	huge := int64(math.MaxInt32)
	for name, c := range map[string]struct {
		file  []byte
		words []string
	}{
		"nothing":      {nil, []string{"no graph"}},
		"text":         {[]byte("hello, this is no model"), []string{"not a file"}},
		"no output":    {fileOf(func(g *onnxfile.Graph) { g.Outputs = nil }), []string{"no output"}},
		"not computed": {nodes(), []string{`"y"`, "no node computes it"}},
		"cycle":        {nodes(node("Add", "x b", "a"), node("Add", "a x", "b"), node("Relu", "b", "y")), []string{"the Add", `"b"`, "no node before it"}},
		"missing":      {nodes(node("Add", "x w", "y")), []string{`"w"`}},
		"twice":        {nodes(node("Relu", "x", "y"), node("Relu", "x", "y")), []string{`"y"`, "already"}},
		"operation":    {nodes(node("Fizz", "x", "y")), []string{"the Fizz", "Fizz", "not supported"}},
		"attribute":    {nodes(with(node("Relu", "x", "y"), "buzz", onnxfile.Attribute{Type: onnxfile.AttributeInt})), []string{"the Relu", "Relu", `"buzz"`}},
		"type":         {nodes(with(node("Elu", "x", "y"), "alpha", onnxfile.Attribute{Type: onnxfile.AttributeInt})), []string{"the Elu", `"alpha"`, "type"}},
		"output":       {nodes(node("Relu", "x", "y z")), []string{"the Relu", `"z"`}},
		"inputs":       {nodes(node("Relu", "x x", "y")), []string{"the Relu", "input 1 is not supported"}},
		"no input":     {nodes(node("Relu", "", "y")), []string{"the Relu", "no input 0"}},
		"of no values": {fileOf(func(g *onnxfile.Graph) {
			g.Initializers, g.Nodes = []*onnxfile.Tensor{external}, []*onnxfile.Node{node("MatMul", "x w", "y")}
		}), []string{"w"}},
		"huge":        {nodes(shapeNode("s", huge, huge, huge), node("ConstantOfShape", "s", "c"), node("Add", "x c", "y")), []string{"the ConstantOfShape", "at most"}},
		"huge sum":    {nodes(shapeNode("s", 1<<13, 1<<13), node("ConstantOfShape", "s", "c"), node("Add", "c c", "d"), node("Add", "d d", "e"), node("Add", "e x", "y")), []string{"MaxElements"}},
		"huge expand": {nodes(shapeNode("s", 1<<20, 1<<10, 4), node("Expand", "x s", "y")), []string{"the Expand", "at most"}},
		"huge empty":  {nodes(shapeNode("s", 0, huge, huge), node("ConstantOfShape", "s", "c"), node("Add", "x c", "y")), []string{"the ConstantOfShape", "at most"}},
		"huge product": {nodes(shapeNode("s", 1<<15, 1), node("ConstantOfShape", "s", "a"), node("Relu", "x", "b"), shapeNode("t", 1, 8), node("Reshape", "b t", "c"),
			shapeNode("u", 1, 1<<15), node("Expand", "c u", "y")), []string{"the Expand"}},
		"huge range":    {nodes(shapeNode("s", 0), shapeNode("e", 1<<40), shapeNode("d", 1), node("Range", "s e d", "r"), node("Add", "x r", "y")), []string{"the Range"}},
		"inexact":       {nodes(shapeNode("a", 1<<60), node("Add", "a a", "b"), node("Add", "x b", "y")), []string{"the Add", "53 bits"}},
		"depends":       {nodes(node("Shape", "x", "s"), node("Reshape", "x x", "y")), []string{"the Reshape", "depends on data"}},
		"newer":         {(&onnxfile.Model{IR: 8, Opsets: map[string]int64{"": 99}, Graph: &onnxfile.Graph{}}).Bytes(), []string{"opset 99"}},
		"other domain":  {nodes(&onnxfile.Node{Op: "Relu", Domain: "com.example", Inputs: []string{"x"}, Outputs: []string{"y"}}), []string{"com.example.Relu"}},
		"other classes": {nodes(node("Gather", "x x", "y")), []string{"the Gather"}},
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := open(c.file, onnx.Options{MaxElements: 1 << 24})
		runtime.ReadMemStats(&after)
		for _, word := range c.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: got error %v, want one with %q", name, err, word)
			}
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 600<<20 {
			t.Errorf("%s: got %d bytes of memory used, want less", name, used)
		}
	}
}

// A file that is cut anywhere is an error, or at least no panic.
func TestCutFiles(t *testing.T) {
	file, _ := write(t, exported{name: "mlp", model: mlp.Model{Input: 4, Hidden: []int{3}, Output: 2, Norm: graph.BN}, sample: []int{4}})
	for end := range len(file) {
		if err := open(file[:end], onnx.Options{}); err == nil {
			t.Errorf("the first %d of %d bytes: got no error", end, len(file))
		}
	}
}

// FuzzRead reads, builds and runs whatever it gets: an error, but no panic.
func FuzzRead(f *testing.F) {
	for _, seed := range [][]byte{
		nodes(node("Relu", "x", "y")),
		nodes(shapeNode("s", 2, 2, 2), node("Reshape", "x s", "z"), node("Softmax", "z", "y")),
		nodes(shapeNode("s", 1), node("Gather", "x s", "z"), node("Concat", "z z", "y")),
		nodes(node("Shape", "x", "s"), node("ConstantOfShape", "s", "c"), node("Where", "c x c", "y")),
		nodes(with(node("If", "x", "y"), "then_branch", onnxfile.Attribute{Type: onnxfile.AttributeGraph, Graph: &onnxfile.Graph{}})),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, contents []byte) {
		if err := open(contents, onnx.Options{MaxElements: 1 << 14}); err != nil && strings.Contains(err.Error(), "panic") {
			t.Error(err)
		}
	})
}

// Large constants that differ in the middle only are two.
func TestConstantsAreToldApart(t *testing.T) {
	initializer := func(name string, at int) *onnxfile.Tensor {
		w := &onnxfile.Tensor{Name: name, Type: onnxfile.Float, Shape: []int{400, 4}, Raw: make([]byte, 6400)}
		binary.LittleEndian.PutUint32(w.Raw[4*at:], math.Float32bits(1))
		return w
	}
	file, err := onnx.Read(fileOf(func(g *onnxfile.Graph) {
		g.Initializers = []*onnxfile.Tensor{initializer("a", 800), initializer("b", 801)}
		g.Nodes = []*onnxfile.Node{node("Max", "x a", "p"), node("Max", "x b", "q"), node("Sub", "p q", "y")}
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := importOutputs(t, file, map[string]array{"x": {Shape: []int{1, 4}, Data: make([]float64, 4)}}, onnx.Options{})["y"].Data
	if got[800] != 1 || got[801] != -1 || got[0] != 0 {
		t.Errorf("got %v, want 1 and -1", got[798:804])
	}
}
