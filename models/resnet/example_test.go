package resnet_test

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// Two blocks, of which the second narrows the network, so that its skip is a projection.
func ExampleModel() {
	model := resnet.Model{Input: 784, Widths: []int{100, 50}, Output: 10}
	program, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 784},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(program.Summary())
	for _, layer := range program.Layers {
		fmt.Println(layer.Depth, layer.Path, layer.OnSkip)
	}
	// Output:
	// layer              output     parameters  multiply-adds
	// input              (64, 784)
	// dense1             (64, 100)       78500          78400
	// block1/dense1      (64, 100)       10100          10000
	// block1/dense2      (64, 100)       10100          10000
	// block2/dense1      (64, 50)         5050           5000
	// block2/dense2      (64, 50)         2550           2500
	// block2/projection  (64, 50)         5000           5000
	// dense2             (64, 10)          510            500
	// output             (64, 10)
	// 111810 parameters to train, 0 running statistics, float32
	// 111400 multiply-adds for each sample, of 2 FLOP each
	// 1 dense1 false
	// 2 block1/dense1 false
	// 3 block1/dense2 false
	// 4 block2/dense1 false
	// 5 block2/dense2 false
	// 5 block2/projection true
	// 6 dense2 false
}
