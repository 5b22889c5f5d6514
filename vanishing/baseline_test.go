package vanishing

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// The profile knows how many samples are right if the most frequent class is always answered.
func TestBaselineAccuracy(t *testing.T) {
	x, err := tensors.Zeros(tensor.Float32, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels([]int{2, 0, 2, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	p := build(t, graph.Sequential{graph.Dense{Units: 4}, graph.Dense{Units: 3}}, graph.CrossEntropy{}, 1, 5, 3)
	if got := observe(t, p, x, y).BaselineAccuracy; got != 0.6 {
		t.Errorf("got %g, want 0.6", got)
	}
}
