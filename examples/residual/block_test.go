package main

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// Any stack of layers can be the branch of a residual block. The second block narrows its input, so that its skip is a
// projection.
func Example_block() {
	block := func(width int) graph.Layer {
		return graph.Residual{
			Branch: graph.Sequential{
				graph.Dense{Units: width, Init: initializer.HeNormal{}},
				graph.ReLU,
				graph.Dense{Units: width, Init: initializer.HeNormal{}},
			},
			Activation: graph.ReLU, // of the sum
			Scale:      0.5,        // of the branch
		}
	}
	program, err := graph.Build(graph.Config{
		Model:  graph.Sequential{block(8), block(4), graph.Dense{Units: 2}},
		Params: graph.NewParams(tensor.Float32, 1),
		Input:  tensor.Shape{16, 8},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range program.Weights {
		if w.Role == graph.Weight {
			fmt.Println(w.Name, w.Value.Shape())
		}
	}
	// Output:
	// block1/dense1/weight (8, 8)
	// block1/dense2/weight (8, 8)
	// block2/dense1/weight (8, 4)
	// block2/dense2/weight (4, 4)
	// block2/projection/weight (8, 4)
	// dense1/weight (4, 2)
}
