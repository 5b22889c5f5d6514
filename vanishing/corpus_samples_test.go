package vanishing_test

import (
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
)

// samples returns the training samples of a specimen.
func samples(t *testing.T, s specimen, seed uint64) *data.Dataset {
	t.Helper()
	switch s.set {
	case "noise":
		return noise(t, seed)
	case "few":
		part, err := images(t).Slice(int(seed)*64, int(seed)*64+64)
		if err != nil {
			t.Fatal(err)
		}
		return part
	}
	part, err := images(t).Slice(int(seed)*640, int(seed)*640+640)
	if err != nil {
		t.Fatal(err)
	}
	switch s.set {
	case "raw":
		part = &data.Dataset{X: raised(part.X, 100), Y: part.Y}
	case "shuffled":
		part = &data.Dataset{X: part.X, Y: noise(t, seed).Y}
	}
	return part
}

// raised copies samples and moves them away from zero, as without normalisation.
func raised(x *tensor.Dense, by float32) *tensor.Dense {
	x = x.Clone().(*tensor.Dense)
	for i := range x.Float32s() {
		x.Float32s()[i] += by
	}
	return x
}

// images are those of Fashion-MNIST, normalised.
func images(t *testing.T) *data.Dataset { return fashion.Images(t, fashion.N) }

// noise are samples from N(0, 1) with random labels.
func noise(t *testing.T, seed uint64) *data.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	x, err := tensors.Randn(tensor.Float32, rng, 640, features)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, 640)
	for i := range labels {
		labels[i] = rng.IntN(classes)
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}
