package onnx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/pythontest"
)

// Networks that PyTorch exports give the same numbers here, for another batch size than they were exported with.
func TestExportsOfPyTorch(t *testing.T) {
	python := pythontest.With(t, "torch", "no exports of PyTorch are read")
	folder := t.TempDir()
	if out, err := exec.Command(python, "testdata/export.py", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	contents, err := os.ReadFile(filepath.Join(folder, "networks.json"))
	if err != nil {
		t.Fatal(err)
	}
	var networks map[string]map[string]array
	if err := json.Unmarshal(contents, &networks); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		t.Run(name, func(t *testing.T) {
			file, err := onnx.Open(filepath.Join(folder, name+".onnx"))
			if err != nil {
				t.Fatal(err)
			}
			got := importOutputs(t, file, map[string]array{"x": networks[name]["x"]}, onnx.Options{})
			checkSame(t, name, got, map[string]array{"y": networks[name]["y"]}, 1e-5)
			checkSame(t, name+" written again", writtenAgain(t, file, networks[name]["x"]), map[string]array{"output": networks[name]["y"]}, 1e-5)
			structure := checkTrains(t, file, networks[name]["x"])
			for _, word := range structures[name] {
				if !strings.Contains(structure, word) {
					t.Errorf("got the structure %s, want one with %q", structure, word)
				}
			}
		})
	}
}

// writtenAgain writes a model that was read, reads that file and runs it.
func writtenAgain(t *testing.T, file *onnx.File, x array) map[string]array {
	t.Helper()
	model, err := file.Model(onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := onnx.Write(&b, graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, 1), Inputs: []graph.Input{{Name: "x", Shape: x.Shape, Dtype: x.dtype()}},
	}); err != nil {
		t.Error(err)
		return nil
	}
	again, err := onnx.Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return importOutputs(t, again, map[string]array{"x": x}, onnx.Options{})
}

// structures are words that the structure of a network must have.
var structures = map[string][]string{
	"mlp_11":         {"6 -> 8, bias, gelu"},
	"mlp_17":         {"6 -> 8, bias, gelu"},
	"transformer_17": {"2 attentions", "8 -> 16, bias, gelu", "ln"},
	"attention_17":   {"attention", "8 -> 24, bias, query, key, value"},
	"lstm_17":        {"12 + 6 -> 24, bias, lstm, recurrent over 4 steps"},
	"gru_17":         {"5 + 6 -> 18, bias, gru, recurrent over 4 steps"},
	"rnn_17":         {"5 + 6 -> 6, bias, relu, recurrent over 4 steps"},
	"cnn_17":         {"convolution 27 -> 4"},
}

// checkTrains draws a network for training: every parameter has a gradient that is not zero, and the structure of the network is found.
func checkTrains(t *testing.T, file *onnx.File, x array) (structure string) {
	t.Helper()
	model, err := file.Model(onnx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	in := graph.Input{Name: "x", Shape: x.Shape, Dtype: x.dtype()}
	p, err := graph.Build(graph.Config{Model: model, Inputs: []graph.Input{in}, Params: graph.NewParams(tensor.Float32, 1), Loss: graph.MSE{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	target := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(p.Output.Shape()...))
	if err := p.RunNamed(map[string]*tensor.Dense{"x": x.tensor(t, x.dtype()), "target": target}); err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Weights {
		if w.Grad != nil && !slices.ContainsFunc(numbersOf(w.Grad), func(v float64) bool { return v != 0 }) {
			t.Errorf("the gradient of %s is zero", w.Name)
		}
	}
	t.Logf("%d parameters; %v", len(p.Weights), p.Structure())
	return fmt.Sprint(p.Structure())
}
