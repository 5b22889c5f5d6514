package remedy_test

import (
	"fmt"
	"log"
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing/remedy"
)

// Thirty layers of ReLU whose weights are too small.
func ExampleTry() {
	images, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		log.Fatal(err)
	}
	batch, err := images.Subset(64)
	if err != nil {
		log.Fatal(err)
	}
	trials, err := remedy.Try(remedy.Config{
		Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Init: initializer.Normal{Std: 0.05}},
		Loss:  graph.CrossEntropy{}, X: batch.X, Y: batch.Y, Seed: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range trials {
		switch t.Name {
		case remedy.Unchanged, "He initialisation":
			fmt.Printf("%s: %.0f decades lost over the depth\n", t.Name, math.Abs(float64(t.Outcome.Change)))
		}
	}
	// Output:
	// He initialisation: 0 decades lost over the depth
	// as it is: 16 decades lost over the depth
}
