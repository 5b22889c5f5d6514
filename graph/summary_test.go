package graph_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

var update = flag.Bool("update", false, "write the texts that the tests expect to testdata, instead of comparing with them")

// wantText compares a text with a file of testdata.
func wantText(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the text differs from %s; if it is meant to, run: go test ./graph -update\n%s", path, got)
	}
}

func TestSummary(t *testing.T) {
	for name, c := range map[string]graph.Config{
		"mlp_bn":     {Model: mlp.Model{Input: 784, Hidden: []int{128, 64}, Output: 10, Norm: graph.BN, Dropout: 0.5}, Input: tensor.Shape{32, 28, 28}, Loss: graph.CrossEntropy{}},
		"resnet":     {Model: resnet.Model{Input: 20, Widths: []int{16, 8}, Output: 1, Norm: graph.LN, PreActivation: true}, Input: tensor.Shape{32, 20}},
		"parameters": {Model: graph.Sequential{graph.LayerNorm{}, graph.Flatten{}, graph.Softmax{}}, Input: tensor.Shape{2, 3, 4}, Mode: graph.Eval},
		"nothing":    {Model: graph.Tanh, Input: tensor.Shape{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			c.Params = graph.NewParams(tensor.Float64, 1)
			wantText(t, "summary_"+name+".txt", build(t, c).Summary())
		})
	}
}

func ExampleProgram_Summary() {
	model := graph.Sequential{
		graph.Flatten{},
		graph.Dense{Units: 32}, graph.BatchNorm{}, graph.ReLU,
		graph.Residual{Branch: graph.Dense{Units: 32}, Activation: graph.ReLU},
		graph.Dense{Units: 10},
	}
	program, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 28, 28},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(program.Summary())
	// Output:
	// layer          output        parameters  multiply-adds
	// input          (64, 28, 28)
	// dense1         (64, 32)           25120          25088
	// batchnorm1     (64, 32)             128
	// block1/dense1  (64, 32)            1056           1024
	// dense2         (64, 10)             330            320
	// output         (64, 10)
	// 26570 parameters to train, 64 running statistics, float32
	// 26432 multiply-adds for each sample, of 2 FLOP each
}
