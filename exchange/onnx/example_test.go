package onnx_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// run writes a model to a file, and reads it to train it further.
func run(path string) (*graph.Program, error) {
	params := graph.NewParams(tensor.Float32, 1)
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	model := mlp.Model{Input: 4, Hidden: []int{16}, Output: 3}
	if err := onnx.Write(out, graph.Config{Model: model, Params: params, Input: tensor.Shape{1, 4}}); err != nil {
		return nil, err
	}

	file, err := onnx.Open(path)
	if err != nil {
		return nil, err
	}
	imported, err := file.Model(onnx.Options{})
	if err != nil {
		return nil, err
	}
	inputs, err := file.Inputs(32, onnx.Options{}) // batches of 32 samples
	if err != nil {
		return nil, err
	}
	config := graph.Config{Model: imported, Inputs: inputs, Params: graph.NewParams(tensor.Float32, 1), Loss: graph.CrossEntropy{}}
	return graph.Build(config)
}

func Example() {
	folder, err := os.MkdirTemp("", "onnx")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	program, err := run(filepath.Join(folder, "model.onnx"))
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range program.Weights {
		fmt.Println(w.Name, w.Value.Shape())
	}
	// Output:
	// dense1/weight (4, 16)
	// dense1/bias (16)
	// dense2/weight (16, 3)
	// dense2/bias (3)
}

// The documentation of the package has lines of the example, which compile.
func TestDocumentationShowsTheExample(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(doc)) {
		if code, is := strings.CutPrefix(line, "//\t"); is {
			lines++
			if !strings.Contains(string(source), "\t"+code) {
				t.Errorf("the example has no line %q", code)
			}
		}
	}
	if lines != 5 {
		t.Errorf("got %d lines of code, want 5", lines)
	}
}
