package vanishing_test

import (
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
)

// imageNet is the profile of a network of 20 convolutions of images, in ten parts.
func imageNet(t *testing.T, part func() graph.Layer) vanishing.Profile {
	t.Helper()
	model := graph.Sequential{graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1, Init: initializer.HeNormal{}, NoBias: true}, graph.BatchNorm{}, graph.ReLU}
	for range 10 {
		model = append(model, part())
	}
	p, err := graph.Build(graph.Config{
		Model: append(model, graph.GlobalAvgPool{}, graph.Dense{Units: 3}), Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{16, 2, 8, 8},
		Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	rng, images, labels := rand.New(rand.NewPCG(1, 2)), make([]float64, 16*2*8*8), make([]int, 16)
	for i := range images {
		images[i] = rng.NormFloat64()
	}
	for i := range labels {
		labels[i] = rng.IntN(3)
	}
	x, err := tensors.FromSlice(tensor.Float32, images, 16, 2, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := vanishing.Observe("images", p, x, y)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.Layers) != 22 || seen.Layers[1].FanIn != 72 || seen.Layers[1].Units != 8 {
		t.Errorf("got %d layers, the second one %+v, want 22, of 8 channels that read 72 numbers", len(seen.Layers), seen.Layers[1])
	}
	if theory := seen.Theory; theory == nil || theory.None != "" || theory.Layers[0] == nil {
		t.Errorf("theory is %+v, want a prediction", theory)
	}
	return seen
}

// The gradient vanishes in a network of convolutions with sigmoids, and does not in a residual one.
func TestConvolutionsVanish(t *testing.T) {
	conv := func() graph.Layer {
		return graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1, Init: initializer.HeNormal{}, NoBias: true}
	}
	plain := imageNet(t, func() graph.Layer { return graph.Sequential{conv(), graph.Sigmoid, conv(), graph.Sigmoid} })
	expect(t, plain, vanishing.Vanishing, "layer 1 receives")
	residual := imageNet(t, func() graph.Layer {
		return graph.Residual{Branch: graph.Sequential{conv(), graph.BatchNorm{}, graph.ReLU, conv(), graph.BatchNorm{}}, Activation: graph.ReLU}
	})
	if len(residual.Blocks) != 10 {
		t.Errorf("got %d blocks, want 10", len(residual.Blocks))
	}
	expect(t, residual, vanishing.Healthy, "")
}
