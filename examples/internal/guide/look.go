package guide

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing"
)

// Images are the first n training images of Fashion-MNIST, normalised by the moments of all training images.
func Images(n int) (*data.Dataset, error) {
	images, _, err := data.FashionMNIST(tensor.Float64)
	if err != nil {
		return nil, err
	}
	moments, err := images.Moments()
	if err != nil {
		return nil, err
	}
	if images, err = images.Subset(n); err != nil {
		return nil, err
	}
	return images, images.Normalize(moments)
}

// Look runs an untrained network on a batch of images, and returns the profile of its signal and gradient. It computes in
// float64, which represents numbers down to 1e-308.
func Look(name string, model graph.Model, seed uint64, batch *data.Dataset) (vanishing.Profile, error) {
	program, err := graph.Build(graph.Config{
		Model:  model,
		Params: graph.NewParams(tensor.Float64, seed),
		Input:  batch.X.Shape(),
		Loss:   graph.CrossEntropy{},
	})
	if err != nil {
		return vanishing.Profile{}, err
	}
	defer program.Close()
	return vanishing.Observe(name, program, batch.X, batch.Y)
}
