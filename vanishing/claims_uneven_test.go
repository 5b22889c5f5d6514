package vanishing

import (
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// Six sigmoid layers before 54 of ReLU: the loss in the sigmoids is not a trend over 60 layers, and it is located.
func TestFewSigmoidsBelowManyReLU(t *testing.T) {
	var model graph.Sequential
	for i := range 60 {
		if i < 6 {
			model = append(model, graph.Dense{Units: 50, Init: initializer.XavierNormal{}}, graph.Sigmoid)
		} else {
			model = append(model, graph.Dense{Units: 50, Init: initializer.HeNormal{}}, graph.ReLU)
		}
	}
	model = append(model, graph.Dense{Units: 10})
	x, y := randomBatch(t, 1, 32, 20, 10)
	expectVerdict(t, observe(t, build(t, model, graph.CrossEntropy{}, 1, 32, 20), x, y), Vanishing, "most of it between layers 1 and 7")
}

// Pixels from 0 to 255 saturate the first layer only.
func TestFirstLayerSaturatedByPixels(t *testing.T) {
	x, y := randomBatch(t, 1, 32, 784, 10)
	pixels, _ := elements(x)
	for i := range pixels {
		pixels[i] = 128 + 70*pixels[i]
	}
	model := mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Tanh}
	expectVerdict(t, observe(t, build(t, model, graph.CrossEntropy{}, 1, 32, 784), x, y), Healthy,
		"but not evenly", "between layers 1 and 2")
}
