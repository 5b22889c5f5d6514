package vanishing_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// Inputs that are the same for all samples, and units that begin alike, are named: a higher rate helps neither.
func TestAlikeSamplesAndUnits(t *testing.T) {
	const n = 256
	diagnose := func(alike bool, init initializer.Initializer, dropout float64) vanishing.Diagnosis {
		rng := rand.New(rand.NewPCG(1, 1))
		x, classes := make([]float32, 8*n), make([]int, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64())
			if alike && i >= 8 {
				x[i] = x[i-8]
			}
		}
		for i := range classes {
			classes[i] = rng.IntN(2)
		}
		ds := &data.Dataset{X: tensor.New(tensor.WithShape(n, 8), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(n), tensor.WithBacking(classes))}
		recorder := &vanishing.Recorder{}
		trainer := &train.Trainer{
			Model: mlp.Model{Input: 8, Depth: 5, Width: 16, Output: 2, Activation: graph.Tanh, Init: init, Dropout: dropout}, Loss: graph.CrossEntropy{},
			Optimizer: &optim.SGD{LearningRate: 0.01}, BatchSize: 32, Epochs: 30, Seed: 1, Callbacks: []train.Callback{recorder},
		}
		if _, err := trainer.Fit(context.Background(), ds, nil); err != nil {
			t.Fatal(err)
		}
		return vanishing.Diagnose(recorder.Profile())
	}
	find := func(d vanishing.Diagnosis, rule string) vanishing.Finding {
		i := slices.IndexFunc(d.Findings, func(f vanishing.Finding) bool { return f.Rule == rule })
		if i < 0 {
			return vanishing.Finding{}
		}
		return d.Findings[i]
	}
	if f := find(diagnose(true, nil, 0), "stuck"); !strings.Contains(f.Remedy, "of all samples in the first recorded batch are the same") || f.Code != "" {
		t.Errorf("samples that are the same: got %q (%s)", f.Remedy, f.Code)
	}
	if f := find(diagnose(false, nil, 0), "stuck"); strings.Contains(f.Remedy, "are the same") {
		t.Errorf("samples that differ: got %q", f.Remedy)
	}
	constant := initializer.Constant{Value: 0.1}
	if f := find(diagnose(false, constant, 0), "unbroken-symmetry"); len(f.Layers) != 5 || f.Code != "Init: initializer.XavierNormal{}" {
		t.Errorf("units that begin alike: got %+v", f)
	}
	for _, d := range []vanishing.Diagnosis{diagnose(false, nil, 0), diagnose(false, constant, 0.5)} { // random weights; random zeros
		if f := find(d, "unbroken-symmetry"); f.Rule != "" {
			t.Errorf("units that differ: got %+v", f)
		}
	}
}
