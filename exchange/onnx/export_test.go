package onnx_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/models/transformer"
)

// An exported is a model that is written, with the shape of a sample.
type exported struct {
	name   string
	model  graph.Model
	sample []int
	tokens int // of the vocabulary, if samples are tokens
}

// config is a configuration for so many samples.
func (m exported) config(params *graph.Params, batch int) graph.Config {
	in := graph.Input{Name: "input", Shape: append(tensor.Shape{batch}, m.sample...)}
	if m.tokens > 0 {
		in.Dtype = tensor.Int
	}
	return graph.Config{Model: m.model, Params: params, Inputs: []graph.Input{in}, Mode: graph.Eval}
}

func exportedModels(t *testing.T) (list []exported) {
	t.Helper()
	add := func(name string, m graph.Model, sample ...int) {
		list = append(list, exported{name: name, model: m, sample: sample})
	}
	for _, a := range []graph.Activation{
		graph.ReLU, graph.LeakyReLU(0.1), graph.ELU(0.7), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU, graph.Sigmoid, graph.Tanh, graph.Erf,
		graph.Softsign, graph.Softplus, graph.Identity,
	} {
		add("mlp "+a.String(), mlp.Model{Input: 6, Hidden: []int{8, 7}, Output: 3, Activation: a}, 6)
	}
	add("mlp bn", mlp.Model{Input: 6, Hidden: []int{8, 7}, Output: 3, Norm: graph.BN, Dropout: 0.5}, 6)
	add("mlp ln", mlp.Model{Input: 6, Hidden: []int{8, 7}, Output: 3, Norm: graph.LN, NoBias: true}, 6)
	add("resnet fc", resnet.Model{Input: 6, Output: 3, Widths: []int{8, 8, 5}, Norm: graph.LN}, 6)
	add("resnet fixup", resnet.Model{Input: 6, Output: 3, Widths: []int{8, 8, 5}, Start: resnet.Fixup}, 6)
	small := resnet.Image{Classes: 3, Blocks: []int{1, 1}, Width: 4}
	add("resnet small", small, 3, 8, 8)
	bottleneck := small
	bottleneck.Bottleneck, bottleneck.Stem, bottleneck.PreActivation = true, resnet.LargeStem, true
	add("resnet bottleneck", bottleneck, 3, 32, 32)
	optionA := small
	optionA.Shortcut, optionA.Norm = resnet.OptionA, func(initializer.Initializer) graph.Layer { return graph.GroupNorm{Groups: 2} }
	add("resnet option A, groups", optionA, 3, 8, 8)
	free := small
	free.NormFree, free.PreActivation = true, true
	add("resnet norm-free", free, 3, 8, 8)
	add("images", graph.Sequential{
		graph.Conv2D{Channels: 4, Kernel: 3, Padding: 1, Groups: 2, Dilation: 1}, graph.LayerNorm{Channels: true}, graph.GELU,
		graph.AvgPool2D{Kernel: 2, Padding: 1}, graph.InstanceNorm{Affine: true}, graph.MaxPool2D{Kernel: 2, Stride: 1},
		graph.ConvTranspose2D{Channels: 5, Kernel: 3, Stride: 2, Padding: 1}, graph.AdaptiveAvgPool2D{Height: 1, Width: 1}, graph.Flatten{}, graph.Dense{Units: 3},
	}, 2, 8, 8)
	add("sequences", graph.Sequential{
		graph.Conv1D{Channels: 4, Kernel: 3, Stride: 2, Padding: 1}, graph.Tanh, graph.GlobalAvgPool{}, graph.Dense{Units: 3},
	}, 2, 9)
	for _, cell := range []rnn.Cell{rnn.LSTM, rnn.GRU, rnn.Tanh, rnn.ReLU} {
		add("rnn "+cell.String(), rnn.Classifier{Outputs: 3, Config: rnn.Config{Cell: cell, Units: 5, Layers: 2}, Bidirectional: cell != rnn.Tanh, EveryStep: cell == rnn.ReLU}, 4, 6)
	}
	tokens := func(name string, m graph.Model) {
		list = append(list, exported{name: name, model: m, sample: []int{5}, tokens: 11})
	}
	tokens("rnn tokens", rnn.Classifier{Outputs: 3, Vocabulary: 11, Config: rnn.Config{Units: 5}})
	tokens("transformer", transformer.Classifier{Vocabulary: 11, Classes: 3, Context: 8, Width: 8, Config: attention.Config{Layers: 2, Heads: 2}})
	tokens("gpt", transformer.GPT{Vocabulary: 11, Context: 8, Width: 8, Config: attention.Config{Layers: 2, Heads: 2}, Positions: attention.Rotary})
	add("operations", graph.LayerFunc(drawOperations), 4, 6)
	return list
}

// drawOperations has operations that no layer above draws.
func drawOperations(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	t := b.Check(gorgonia.Transpose(x, 0, 2, 1))
	product := b.Check(op.BatchedMatMul(t, x, false, false))
	p := b.Check(op.Softmax(product))
	q := b.Check(op.LogSoftmax(product))
	y := b.Check(gorgonia.Concat(2, p, q))
	y = b.Check(op.BroadcastSub(y, b.Check(op.ReduceMax(y, []int{2}, true))))
	y = b.Check(op.BroadcastDiv(b.Check(op.Map(op.Exp, 0, 0, y)), b.Check(op.ReduceSum(b.Check(op.Map(op.Exp, 0, 0, y)), []int{2}, true))))
	y = b.Check(op.Map(op.Clip, 0.01, 0.5, b.Check(op.Scale(y, 2))))
	cut := b.Check(gorgonia.Slice(y, nil, gorgonia.S(1, 3)))
	index := make([]int32, cut.Shape().TotalSize()) // the first two of each four numbers, and 0.5
	for i := range index {
		index[i] = []int32{int32(i), int32(i), -1, -1}[i%4]
	}
	cut = b.Check(op.Take(cut, index, cut.Shape(), 0.5))
	cut = b.Check(op.Where(b.Check(op.MapPair(op.Less, cut, b.Check(op.Scale(cut, 0.9)))), cut, b.Check(op.Map(op.Mish, 0, 0, cut))))
	b.Output("mean", b.Check(op.ReduceMean(y, []int{1, 2}, false)))
	return b.Check(gorgonia.Reshape(cut, tensor.Shape{x.Shape()[0], 2 * cut.Shape()[2]}))
}

// unsettled moves all parameters away from zeros and ones, so that none of them can be forgotten.
func unsettled(params *graph.Params) {
	for k, p := range params.All() {
		for i := range p.Size() {
			by := 0.02 + 0.03*float64((i*7+k*3)%11-5)
			if params.Dtype() == tensor.Float32 {
				p.Value.Float32s()[i] += float32(by)
			} else {
				p.Value.Float64s()[i] += by
			}
		}
	}
}

// write builds a model, changes its parameters and writes it.
func write(t *testing.T, m exported) (file []byte, params *graph.Params) {
	t.Helper()
	return writeIn(t, m, tensor.Float32)
}

// writeIn is write in either float type.
func writeIn(t *testing.T, m exported, dt tensor.Dtype) (file []byte, params *graph.Params) {
	t.Helper()
	params = graph.NewParams(dt, 3)
	c := m.config(params, 1)
	p, err := graph.Build(c)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	p.Close()
	unsettled(params)
	var b bytes.Buffer
	if err := onnx.Write(&b, c); err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	return b.Bytes(), params
}

// ourOutputs runs a model for evaluation.
func ourOutputs(t *testing.T, m exported, params *graph.Params, x array) map[string]array {
	t.Helper()
	p, err := graph.Build(m.config(params, x.Shape[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	kind := x.dtype()
	if kind != tensor.Int {
		kind = params.Dtype()
	}
	if err := p.Run(x.tensor(t, kind), nil); err != nil {
		t.Fatal(err)
	}
	outputs := make(map[string]array)
	for _, out := range p.Outputs {
		outputs[out.Name] = array{Shape: out.Node.Shape(), Data: numbersOf(out.Node)}
	}
	return outputs
}

// batches are two batches for a model.
func (m exported) batches() []array {
	list := []array{random(11, append([]int{1}, m.sample...)...), random(12, append([]int{7}, m.sample...)...)}
	if m.tokens > 0 {
		for k := range list {
			list[k].Type = "int64"
			for i, v := range list[k].Data {
				list[k].Data[i] = math.Floor(math.Abs(v)*7) - float64(m.tokens)*math.Floor(math.Floor(math.Abs(v)*7)/float64(m.tokens))
			}
		}
	}
	return list
}

// A model that is written and read again gives the same numbers, for any batch size, and has parameters of the same names.
func TestWriteAndReadModels(t *testing.T) {
	for _, m := range exportedModels(t) {
		file, params := writeIn(t, m, tensor.Float64)
		back, err := onnx.Read(file)
		if err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		for _, x := range m.batches() {
			got := importOutputsOf(t, tensor.Float64, back, map[string]array{"input": x}, onnx.Options{})
			checkSame(t, m.name, got, ourOutputs(t, m, params, x), 1e-7)
		}
	}
}

// What ONNX Runtime computes of a file that was written is what we compute.
func TestWrittenModelsInRuntime(t *testing.T) {
	npmFolder(t)
	models, folder := exportedModels(t), t.TempDir()
	var requests []request
	stores := make([]*graph.Params, len(models))
	for i, m := range models {
		file, params := write(t, m)
		path := filepath.Join(folder, fmt.Sprintf("%d.onnx", i))
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		r := request{Model: path}
		for _, x := range m.batches() {
			r.Runs = append(r.Runs, map[string]array{"input": x})
		}
		requests, stores[i] = append(requests, r), params
	}
	for i, answers := range runtimeOutputs(t, requests) {
		for k, x := range models[i].batches() {
			checkSame(t, models[i].name, ourOutputs(t, models[i], stores[i], x), answers[k], 1e-5)
		}
	}
}

// ONNX's own checker accepts every file that is written.
func TestChecker(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import onnx").Run(); err != nil {
		t.Skip("SKIPPED: files are not checked by ONNX, as Python has no onnx (Debian: apt-get install python3-onnx)")
	}
	folder := t.TempDir()
	for _, m := range exportedModels(t) {
		file, _ := write(t, m)
		if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(m.name, " ", "_")+".onnx"), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const script = `
import glob, onnx, sys
for path in glob.glob(sys.argv[1] + "/*.onnx"):
    m = onnx.load(path)
    onnx.checker.check_model(m, full_check=True)
    assert m.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch", path
    print(path)
`
	out, err := exec.Command(python, "-c", script, folder).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := strings.Count(string(out), ".onnx"), len(exportedModels(t)); got != want {
		t.Errorf("%d files were checked, want %d", got, want)
	}
}

// What cannot be written is named.
func TestWhatCannotBeWritten(t *testing.T) {
	for name, draw := range map[string]func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node{
		"take": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ScopeAs("cutter").Check(op.Take(x, []int32{1, 0}, tensor.Shape{2, 1}, 0))
		},
		"statistic": func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.ScopeAs("cutter").Check(op.Mean(x, op.OverBatch))
		},
	} {
		err := onnx.Write(&bytes.Buffer{}, graph.Config{Model: graph.LayerFunc(draw), Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{1, 4}})
		if err == nil || !strings.Contains(err.Error(), "cutter") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got error %v, want one that names it and its layer", name, err)
		}
	}
}
