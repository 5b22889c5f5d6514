package bench

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// Scaled is a model to measure over ranks, that of a workload "a" to "e" or "resnet20", with ten batches of images.
func Scaled(name string, batch int) (graph.Model, *data.Dataset, error) {
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		return nil, nil, err
	}
	n := 10 * batch
	if set, err = set.Slice(0, n); err != nil {
		return nil, nil, err
	}
	if name == "resnet20" {
		set.X = tensor.New(tensor.WithShape(n, 1, 28, 28), tensor.WithBacking(set.X.Float32s()))
		model, err := resnet.CIFAR(20, classes)
		return model, set, err
	}
	set.X = tensor.New(tensor.WithShape(n, inputs), tensor.WithBacking(set.X.Float32s()))
	w, err := Find(name)
	return w.Model, set, err
}
