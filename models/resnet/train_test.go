package resnet_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// lossAfter trains a network of 100 blocks, 202 layers, on a batch of 32 by 30 steps of plain gradient descent.
func lossAfter(t *testing.T, m resnet.Model, seed uint64) (first, last float64) {
	t.Helper()
	m.Input, m.Blocks, m.Width, m.Output = 8, 100, 32, 3
	p, err := graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float64, seed), Input: tensor.Shape{32, 8}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	x, y := batch(t, 32, 8, 3)
	run(t, p, x, y)
	first = p.LossValue()
	for range 30 {
		for _, w := range p.Weights {
			if w.Trainable() {
				floats.AddScaled(w.Value.Float64s(), -0.03, w.Grad.Value().Data().([]float64))
			}
		}
		run(t, p, x, y)
	}
	return first, p.LossValue()
}

// The default learns at depth 100 from the first steps. Its plain twin, which keeps the scale of the branches, stays at
// log 3, the loss of guessing. Without the scale of the branches the loss is astronomical at once, and its gradient overflows.
func TestDefaultTrainsAtDepth100(t *testing.T) {
	guessing := math.Log(3)
	for seed := range uint64(3) {
		first, last := lossAfter(t, resnet.Model{}, seed)
		if !(last < guessing/2 && last < first/4) {
			t.Errorf("seed %d: the loss went from %.3f to %.3f", seed, first, last)
		}
	}
	if _, last := lossAfter(t, resnet.Model{NoSkip: true}, 0); !(last > 0.95*guessing) {
		t.Errorf("without skips the loss went to %.3f, although nothing reaches the early layers", last)
	}
	if first, last := lossAfter(t, resnet.Model{BranchScale: 1}, 0); first < 1e6 || !math.IsNaN(last) {
		t.Errorf("without scale the loss went from %g to %g", first, last)
	}
}

// The other ways to tame the branch train as well.
func TestTamedBranchesTrainAtDepth100(t *testing.T) {
	for name, m := range map[string]resnet.Model{
		"batch norm":       {Norm: graph.BN},
		"zero-initialised": {ZeroInit: true},
		"pre-activation":   {PreActivation: true},
	} {
		if first, last := lossAfter(t, m, 1); !(last < math.Log(3)/2 && last < first/3) {
			t.Errorf("%s: the loss went from %.3f to %.3f", name, first, last)
		}
	}
}
