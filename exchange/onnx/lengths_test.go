package onnx_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/models/transformer"
)

// checkParameters checks that a file that was read trains nothing but parameters of the model that was written.
func checkParameters(t *testing.T, name string, file *onnx.File, written *graph.Params) {
	t.Helper()
	model, err := file.Model(onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := file.Inputs(3, onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	read := graph.NewParams(tensor.Float32, 1)
	if _, err := graph.Build(graph.Config{Model: model, Inputs: inputs, Params: read, Loss: graph.MSE{}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range read.All() {
		if p.Trainable() && written.Get(p.Name) == nil {
			t.Errorf("%s: %s %v is to be trained, which is no parameter of the model", name, p.Name, p.Value.Shape())
		}
	}
}

// Networks that read the lengths of padded sequences keep that input: read again, and in ONNX Runtime if it is there, they give the same.
func TestPaddedSequences(t *testing.T) {
	x, tokens := random(1, 3, 4, 6), array{Type: "int64", Shape: []int{3, 4}, Data: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2}}
	lengths := array{Type: "int64", Shape: []int{3}, Data: []float64{2, 4, 1}}
	for name, c := range map[string]struct {
		model graph.Model
		x     array
	}{
		"lstm":                     {rnn.Classifier{Outputs: 3, Bidirectional: true, Config: rnn.Config{Units: 5, Lengths: "lengths"}}, x},
		"stack with residuals":     {rnn.Classifier{Outputs: 3, Config: rnn.Config{Units: 6, Layers: 2, Residual: true, Lengths: "lengths"}}, x},
		"both ways with residuals": {rnn.Classifier{Outputs: 3, Bidirectional: true, Config: rnn.Config{Units: 5, Layers: 2, Residual: true, Lengths: "lengths"}}, x},
		"transformer":              {transformer.Classifier{Vocabulary: 11, Classes: 3, Context: 4, Width: 8, Config: attention.Config{Layers: 1, Heads: 2, Lengths: "lengths"}}, tokens},
	} {
		params := graph.NewParams(tensor.Float32, 1)
		config := graph.Config{Model: c.model, Params: params, Mode: graph.Eval, Inputs: []graph.Input{
			{Name: "input", Shape: c.x.Shape, Dtype: c.x.dtype()}, {Name: "lengths", Shape: lengths.Shape, Dtype: tensor.Int},
		}}
		p, err := graph.Build(config)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := p.RunNamed(map[string]*tensor.Dense{"input": c.x.tensor(t, c.x.dtype()), "lengths": lengths.tensor(t, tensor.Int)}); err != nil {
			t.Fatal(err)
		}
		want := map[string]array{"output": {Shape: p.Output.Shape(), Data: numbersOf(p.Output)}}
		var b bytes.Buffer
		if err := onnx.Write(&b, config); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		inputs := map[string]array{"input": c.x, "lengths": lengths}
		if file, err := onnx.Read(b.Bytes()); err != nil {
			t.Error(err)
		} else {
			checkParameters(t, name, file, params)
			checkSame(t, name, importOutputs(t, file, inputs, onnx.Options{}), want, 1e-5)
		}
		if os.Getenv("GRADFLOW_ORT") == "" {
			continue
		}
		path := filepath.Join(t.TempDir(), "x.onnx")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		checkSame(t, name+" in ONNX Runtime", runtimeOutputs(t, []request{{path, []map[string]array{inputs}}})[0][0], want, 1e-5)
	}
}
