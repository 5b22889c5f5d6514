package machine_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// The first operation whose result is not finite is named, with its layer and what went into it.
func TestWatchNamesTheFirstNonFiniteValue(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{},
	})
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	p.Machine().WatchNonFinite(true)
	run(t, p, x, y) // all is well
	second := p.Weights[2]
	if second.Name != "dense2/weight" {
		t.Fatal(second.Name)
	}
	second.Value.Float64s()[0] = 1e308
	second.Value.Float64s()[1*5] = 1e308 // x·w overflows for some sample
	x.Float64s()[0] = 0
	for i := range p.Weights[0].Value.Float64s() {
		p.Weights[0].Value.Float64s()[i] = 10
	}
	for i := range second.Value.Float64s() {
		second.Value.Float64s()[i] = 1e308
	}
	err := p.Run(x, y)
	if !errors.Is(err, machine.ErrNonFinite) {
		t.Fatalf("error %v, want ErrNonFinite", err)
	}
	for _, part := range []string{"dense2", "linear", "elements NaN or infinite", "input 0: -1 to 1", "input 1: 1e+308 to 1e+308"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not tell %q: %v", part, err)
		}
	}
	p.Machine().WatchNonFinite(false)
	if err := p.Run(x, y); err != nil {
		t.Errorf("a machine that does not watch: %v", err)
	}
}

func TestWatchNamesAnInput(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float32, gorgonia.WithShape(3), gorgonia.WithName("pixels"),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float32{1, float32(math.NaN()), 2}))))
	m := machine.New(g, gorgonia.Must(gorgonia.Exp(x)))
	m.WatchNonFinite(true)
	err := m.RunAll()
	if err == nil || !strings.Contains(err.Error(), "pixels") || !strings.Contains(err.Error(), "1 of 3 elements") {
		t.Errorf("error %v", err)
	}
}
