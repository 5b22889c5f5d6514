//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package mpi

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/optim"
)

func init() {
	tasks["train"] = func(c dist.Comm) error {
		params, err := trained(c)
		if err == nil && c.Rank() == 0 {
			fmt.Println("weights:", params)
		}
		return err
	}
}

// trained trains a network on 8 samples a step, over all ranks, for 50 steps, and gives its weights.
func trained(c dist.Comm) (weights []float64, err error) {
	r := rand.New(rand.NewPCG(5, 7))
	x, y := make([]float64, 3*79), make([]float64, 79) // the last batch of an epoch has 7
	for i := range x {
		x[i] = r.NormFloat64()
		y[i/3] += x[i]
	}
	ds := &data.Dataset{X: tensor.New(tensor.WithShape(79, 3), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(79, 1), tensor.WithBacking(y))}
	t := &train.Trainer{
		Model: graph.Sequential{graph.Dense{Units: 16, NoBias: true}, graph.BatchNorm{}, graph.Tanh, graph.Dense{Units: 1}}, SyncBatchNorm: true, Loss: graph.MSE{}, Optimizer: &optim.Adam{},
		Dtype: tensor.Float64, BatchSize: 8 / c.Size(), Epochs: 5, Seed: 3, Callbacks: []train.Callback{&train.ClipNorm{Max: 0.5}}, Comm: c,
	}
	if _, err := t.Fit(context.Background(), ds, nil); err != nil {
		return nil, err
	}
	for _, p := range t.Params.All() {
		weights = append(weights, p.Value.Float64s()...)
	}
	return weights, nil
}

// Processes train as one with their batches together, but for rounding of float64 in 50 steps, and two runs are the same bits.
func TestTraining(t *testing.T) {
	want, err := trained(dist.Single{})
	if err != nil {
		t.Fatal(err)
	}
	for _, ranks := range []int{2, 4} {
		var before string
		for range 2 {
			out, err := mpirun(t, ranks, "train")
			_, line, found := strings.Cut(out, "weights: [")
			line, _, _ = strings.Cut(line, "]")
			if err != nil || !found {
				t.Fatalf("%d ranks: got error %v and\n%s", ranks, err, out)
			}
			if before != "" && before != line {
				t.Errorf("%d ranks: two runs differ", ranks)
			}
			before = line
			for i, field := range strings.Fields(line) {
				var got float64
				if _, err := fmt.Sscan(field, &got); err != nil || math.Abs(got-want[i]) > 1e-12 {
					t.Errorf("%d ranks: weight %d is %s, want %v", ranks, i, field, want[i])
				}
			}
		}
	}
}
