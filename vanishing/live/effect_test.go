package live

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// training runs a small network, with callbacks besides the recorder.
func training(t testing.TB, epochs int, recorder *vanishing.Recorder, more ...train.Callback) *train.Trainer {
	t.Helper()
	trainer, set := network(t, epochs, append([]train.Callback{recorder}, more...)...)
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	return trainer
}

// network is a small network and its data.
func network(t testing.TB, epochs int, callbacks ...train.Callback) (*train.Trainer, *data.Dataset) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	x, err := tensors.Randn(tensor.Float32, random, 512, 30)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Randn(tensor.Float32, random, 512, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &train.Trainer{
		Model: mlp.Model{Input: 30, Depth: 8, Width: 64, Output: 1, Activation: graph.Tanh}, Loss: graph.MSE{},
		BatchSize: 32, Epochs: epochs, Seed: 5, Callbacks: callbacks,
	}, &data.Dataset{X: x, Y: y}
}

// weights are the bits of all parameters.
func weights(t testing.TB, trainer *train.Trainer) []uint32 {
	t.Helper()
	var bits []uint32
	for _, p := range trainer.Params.All() {
		for _, v := range p.Value.Data().([]float32) {
			bits = append(bits, math.Float32bits(v))
		}
	}
	return bits
}

func TestResultsAreTheSameWithViewers(t *testing.T) {
	alone := weights(t, training(t, 5, &vanishing.Recorder{Name: "alone"}))
	s := start(t)
	first, second := watch(t, s, ""), watch(t, s, "")
	recorder := &vanishing.Recorder{Name: "watched"}
	watched := weights(t, training(t, 5, recorder, s.Follow(recorder)))
	if len(alone) == 0 || len(alone) != len(watched) {
		t.Fatalf("%d weights alone, %d watched", len(alone), len(watched))
	}
	for i := range alone {
		if alone[i] != watched[i] {
			t.Fatalf("weight %d has the bits %x alone and %x watched", i, alone[i], watched[i])
		}
	}
	for _, events := range []<-chan event{first, second} {
		_, m := until(t, events, func(m sent) bool { return m.Finished })
		if steps := m.Page.Runs[0].Norms.Steps; steps[len(steps)-1] != 5*16-1 {
			t.Errorf("the viewer saw the steps %v", steps)
		}
	}
}
