package onnx_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

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
	return graph.Build(graph.Config{
		Model: imported, Inputs: inputs, Params: graph.NewParams(tensor.Float32, 1), Loss: graph.CrossEntropy{},
	})
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
