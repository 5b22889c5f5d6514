package mlp_test

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

func ExampleModel() {
	model := mlp.Model{Input: 784, Depth: 3, Width: 100, Output: 10, Activation: graph.Tanh, Norm: graph.BN}
	program, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 784},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(program.Summary())
	// Output:
	// layer       output     parameters  multiply-adds
	// input       (64, 784)
	// dense1      (64, 100)       78400          78400
	// batchnorm1  (64, 100)         400
	// dense2      (64, 100)       10000          10000
	// batchnorm2  (64, 100)         400
	// dense3      (64, 100)       10000          10000
	// batchnorm3  (64, 100)         400
	// dense4      (64, 10)         1010           1000
	// output      (64, 10)
	// 100010 parameters to train, 600 running statistics, float32
	// 99400 multiply-adds for each sample, of 2 FLOP each
}
