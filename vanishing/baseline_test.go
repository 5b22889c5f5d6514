package vanishing

import (
	"math"
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

// The baseline of the absolute error is the distance from the median.
func TestBaselineOfTheAbsoluteError(t *testing.T) {
	x, err := tensors.Zeros(tensor.Float32, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	y := tensor.New(tensor.WithShape(5, 1), tensor.WithBacking([]float32{0, 0, 0, 0, 100}))
	for want, loss := range map[float64]graph.Loss{20: graph.MAE{}, 19.875: graph.Huber{}} {
		p := build(t, graph.Sequential{graph.Dense{Units: 4}, graph.Dense{Units: 1}}, loss, 1, 5, 3)
		if got := float64(observe(t, p, x, y).Baseline); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: got %g, want %g", loss, got, want)
		}
	}
}
