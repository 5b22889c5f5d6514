package optim

import (
	"encoding/json"
	"os"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/goldens"
)

// TestTrajectories follows PyTorch over a hundred steps in float64. internal/goldens/families/trajectories.py has the same
// configurations and the same gradients.
func TestTrajectories(t *testing.T) {
	raw, err := os.ReadFile("testdata/trajectories.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name string
		Path []float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	optimizers := map[string]Optimizer{
		"sgd/nesterov":              &SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 0.05},
		"adam/default":              &Adam{},
		"adam/decay":                &Adam{LearningRate: 0.01, Beta1: 0.5, Beta2: 0.75, Epsilon: 0.01, WeightDecay: 0.05},
		"adamw/default":             &AdamW{},
		"adamw/decay":               &AdamW{LearningRate: 0.1, Beta1: 0.8, Beta2: 0.95, Epsilon: 0.001, WeightDecay: 0.5},
		"rmsprop/default":           &RMSProp{},
		"rmsprop/momentum":          &RMSProp{LearningRate: 0.003, Alpha: 0.9, Epsilon: 0.01, Momentum: 0.8, WeightDecay: 0.05},
		"rmsprop/centered":          &RMSProp{LearningRate: 0.02, Centered: true, WeightDecay: 0.05},
		"rmsprop/centered_momentum": &RMSProp{Alpha: 0.9, Centered: true, Momentum: 0.5},
		"adagrad/default":           &AdaGrad{},
		"adagrad/all":               &AdaGrad{LearningRate: 0.1, RateDecay: 0.02, WeightDecay: 0.05, InitialSum: 0.3, Epsilon: 0.001},
	}
	if len(cases) != len(optimizers) {
		t.Errorf("got %d trajectories, want %d", len(cases), len(optimizers))
	}
	for _, c := range cases {
		o := optimizers[c.Name]
		if o == nil {
			t.Errorf("%s: no optimiser for it", c.Name)
			continue
		}
		if e := goldens.ElementRelErr(trajectory(t, o), c.Path); e > 1e-12 {
			t.Errorf("%s: differs by %g", c.Name, e)
		}
	}
}

// trajectory takes the hundred steps.
func trajectory(t *testing.T, o Optimizer) []float64 {
	t.Helper()
	p := &graph.Param{Name: "w", Value: vector(0.5, -2.0)}
	scale, curvature := []float64{1, 0.01}, []float64{0.5, 0.001}
	g := vector(0.0, 0)
	var path []float64
	for step := range 100 {
		for i, w := range p.Value.Float64s() {
			noise := float64((step*7919+i*104729+17)%1009)/504.5 - 1
			g.Float64s()[i] = scale[i]*noise + curvature[i]*w
		}
		if err := o.Step([]*graph.Param{p}, []*tensor.Dense{g}, o.Rate()); err != nil {
			t.Fatal(err)
		}
		path = append(path, p.Value.Float64s()...)
	}
	return path
}
