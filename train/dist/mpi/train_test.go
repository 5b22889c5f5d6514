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
	print := func(c dist.Comm, weights []float64, err error) error {
		if err == nil && c.Rank() == 0 {
			fmt.Println("weights:", weights)
		}
		return err
	}
	tasks["train"] = func(c dist.Comm) error {
		weights, err := trained(c, normalised, true)
		return print(c, weights, err)
	}
	tasks["train by messages"] = func(c dist.Comm) error {
		weights, err := trained(struct{ dist.Comm }{c}, plain, false) // is no dist.Sharer; the sums begin in the backward pass
		return print(c, weights, err)
	}
}

var (
	plain      = graph.Sequential{graph.Dense{Units: 16}, graph.Tanh, graph.Dense{Units: 1}}
	normalised = graph.Sequential{graph.Dense{Units: 16, NoBias: true}, graph.BatchNorm{}, graph.Tanh, graph.Dense{Units: 1}}
)

// trained trains a network on 8 samples a step, over all ranks, for 50 steps, and gives its weights.
func trained(c dist.Comm, model graph.Sequential, synced bool) (weights []float64, err error) {
	r := rand.New(rand.NewPCG(5, 7))
	x, y := make([]float64, 3*79), make([]float64, 79) // the last batch of an epoch has 7
	for i := range x {
		x[i] = r.NormFloat64()
		y[i/3] += x[i]
	}
	ds := &data.Dataset{X: tensor.New(tensor.WithShape(79, 3), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(79, 1), tensor.WithBacking(y))}
	t := &train.Trainer{
		Model: model, SyncBatchNorm: synced, Loss: graph.MSE{}, Optimizer: &optim.Adam{},
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
	for _, c := range []struct {
		task   string
		model  graph.Sequential
		synced bool
		ranks  []int
	}{{"train", normalised, true, []int{2, 4}}, {"train by messages", plain, false, []int{2}}} {
		want, err := trained(dist.Single{}, c.model, c.synced)
		if err != nil {
			t.Fatal(err)
		}
		for _, ranks := range c.ranks {
			checkTraining(t, c.task, ranks, want)
		}
	}
}

func checkTraining(t *testing.T, task string, ranks int, want []float64) {
	t.Helper()
	var before string
	for range 2 {
		out, err := mpirun(t, ranks, task)
		_, line, found := strings.Cut(out, "weights: [")
		line, _, _ = strings.Cut(line, "]")
		if err != nil || !found {
			t.Fatalf("%s, %d ranks: got error %v and\n%s", task, ranks, err, out)
		}
		if before != "" && before != line {
			t.Errorf("%s, %d ranks: two runs differ", task, ranks)
		}
		before = line
		fields := strings.Fields(line)
		if len(fields) != len(want) {
			t.Fatalf("%s, %d ranks: got %d weights, want %d", task, ranks, len(fields), len(want))
		}
		for i, field := range fields {
			var got float64
			if _, err := fmt.Sscan(field, &got); err != nil || math.Abs(got-want[i]) > 1e-12 {
				t.Errorf("%s, %d ranks: weight %d is %s, want %v", task, ranks, i, field, want[i])
			}
		}
	}
}
