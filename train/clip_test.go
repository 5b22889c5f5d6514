package train

import (
	"context"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/optim"
)

// A step of plain gradient descent at rate 1 is the gradient: its norm shows what the optimiser was given. The gradients are
// sums of float32 products, so that six digits agree.
func TestClipNorm(t *testing.T) {
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		free := stepNorm(t, dtype)
		for _, c := range []struct{ bound, want float64 }{{0.01, 0.01}, {0, 1}, {1000, free}} {
			if got := stepNorm(t, dtype, ClipNorm{Max: c.bound}); math.Abs(got-c.want) > 1e-5*c.want {
				t.Errorf("%v, bound %g: the step has norm %g, want %g (unclipped %g)", dtype, c.bound, got, c.want, free)
			}
		}
		if free <= 1 {
			t.Errorf("unclipped the step has norm %g, too small for the test to mean anything", free)
		}
	}
	trainer := &Trainer{Model: graph.Dense{Units: 1}, Loss: graph.MSE{}, Callbacks: []Callback{ClipNorm{Max: -1}}}
	if _, err := trainer.Fit(context.Background(), ramp(t, tensor.Float32), nil); err == nil {
		t.Error("no error for a negative bound")
	}
}

// ramp is a regression whose gradient is large.
func ramp(t *testing.T, dtype tensor.Dtype) *data.Dataset {
	t.Helper()
	x, errX := graph.FromSlice(dtype, [][]float64{{1, 2}, {3, 4}, {5, 6}})
	y, errY := graph.FromSlice(dtype, [][]float64{{10}, {20}, {30}})
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	return &data.Dataset{X: x, Y: y}
}

// stepNorm is the L2 norm of the first step at rate 1.
func stepNorm(t *testing.T, dtype tensor.Dtype, callbacks ...Callback) float64 {
	t.Helper()
	var before, after []float64
	read := func(r *Run) (values []float64) {
		for _, p := range r.Params.All() {
			if dtype == tensor.Float64 {
				values = append(values, p.Value.Float64s()...)
				continue
			}
			for _, v := range p.Value.Float32s() {
				values = append(values, float64(v))
			}
		}
		return values
	}
	watch := &hooks{
		beforeStep: func(r *Run) error { before = read(r); return nil },
		afterStep:  func(r *Run) error { after = read(r); return nil },
	}
	trainer := &Trainer{
		Model: graph.Dense{Units: 1}, Loss: graph.MSE{}, Optimizer: &optim.SGD{LearningRate: 1}, Dtype: dtype,
		Epochs: 1, NoShuffle: true, Callbacks: append(callbacks, watch),
	}
	if _, err := trainer.Fit(context.Background(), ramp(t, dtype), nil); err != nil {
		t.Fatal(err)
	}
	norm := 0.0
	for i := range before {
		norm = math.Hypot(norm, after[i]-before[i])
	}
	return norm
}
