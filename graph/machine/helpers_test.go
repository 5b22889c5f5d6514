package machine_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/models/mlp"
)

var (
	build     = graphtest.Build
	run       = graphtest.Run
	randn     = graphtest.Randn
	classes   = graphtest.Classes
	wantError = graphtest.WantError
	scalar    = graphtest.Scalar
	floats    = graphtest.Floats
)

// perceptron draws a network of 4 inputs and 3 classes over given parameters.
func perceptron(t *testing.T, params *graph.Params, batch int) *graph.Program {
	t.Helper()
	return build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6}, Output: 3, Activation: graph.Tanh},
		Params: params, Input: tensor.Shape{batch, 4}, Loss: graph.CrossEntropy{},
	})
}
