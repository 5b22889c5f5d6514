package bench

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/optim"
)

// An ImageWorkload is a convolutional residual network, in training or in evaluation, on random images.
type ImageWorkload struct {
	Name  string
	Model resnet.Image
	Input tensor.Shape // (batch, channels, height, width)
	Train bool         // steps of SGD; otherwise outputs and loss only
	Rate  float64      // the learning rate
	Bar   float64      // the ratio to PyTorch's time that the project aims at
}

// The learning rates. The gradient of an untrained ResNet-50 on small images is so large that at 1e-3 a change of the weights by their
// rounding moves the loss by 1 % in two steps, so that losses cannot be compared.
const (
	imageRate = 1e-3
	smallRate = 1e-6
)

// ImageWorkloads are the networks that are measured.
func ImageWorkloads() ([]ImageWorkload, error) {
	var list []ImageWorkload
	for _, w := range []struct {
		depth, classes int
		name           string
		model          func(depth, classes int) (resnet.Image, error)
		input          tensor.Shape
		train          bool
		rate, bar      float64
	}{
		{20, 10, "ResNet-20 (CIFAR, option A)", resnet.CIFAR, tensor.Shape{64, 1, 28, 28}, true, imageRate, 0.7},
		{20, 10, "ResNet-20 (CIFAR, option A)", resnet.CIFAR, tensor.Shape{128, 1, 28, 28}, true, imageRate, 0.7},
		{20, 10, "ResNet-20 (CIFAR, option A)", resnet.CIFAR, tensor.Shape{64, 3, 32, 32}, true, imageRate, 0.7},
		{20, 10, "ResNet-20 (CIFAR, option A)", resnet.CIFAR, tensor.Shape{128, 3, 32, 32}, true, imageRate, 0.7},
		{18, 1000, "ResNet-18", resnet.ImageNet, tensor.Shape{1, 3, 224, 224}, false, 0, 0.9},
		{18, 1000, "ResNet-18", resnet.ImageNet, tensor.Shape{8, 3, 224, 224}, false, 0, 0.9},
		{50, 1000, "ResNet-50", resnet.ImageNet, tensor.Shape{16, 3, 64, 64}, true, smallRate, 0.9},
	} {
		model, err := w.model(w.depth, w.classes)
		if err != nil {
			return nil, err
		}
		list = append(list, ImageWorkload{w.name, model, w.input, w.train, w.rate, w.bar})
	}
	return list, nil
}

// String names the workload, as "ResNet-18, evaluation, (1, 3, 224, 224)".
func (w ImageWorkload) String() string {
	mode := "evaluation"
	if w.Train {
		mode = "training"
	}
	return fmt.Sprintf("%s, %s, %v", w.Name, mode, w.Input)
}

// batches returns random images with random labels.
func (w ImageWorkload) batches() ([]Batch, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	var list []Batch
	for range batchCount {
		x, err := tensors.Randn(tensor.Float32, rng, w.Input...)
		if err != nil {
			return nil, err
		}
		labels := make([]int, w.Input[0])
		for i := range labels {
			labels[i] = rng.IntN(w.Model.Classes)
		}
		y, err := tensors.Labels(labels)
		if err != nil {
			return nil, err
		}
		list = append(list, Batch{x, y})
	}
	return list, nil
}

// NewImages sets up a workload.
func NewImages(w ImageWorkload) (*Ours, error) {
	batches, err := w.batches()
	if err != nil {
		return nil, err
	}
	c := graph.Config{Model: w.Model, Params: graph.NewParams(tensor.Float32, 1), Input: w.Input, Loss: graph.CrossEntropy{}}
	if !w.Train {
		c.Mode = graph.Eval
	}
	p, err := graph.Build(c)
	if err != nil {
		return nil, err
	}
	return newOurs(p, batches, &optim.SGD{LearningRate: w.Rate}), nil
}

// Export writes the initial weights under torchvision's names and the batches into a folder, for PyTorch: network.json describes both, and
// the other files are as those of [Workload.Export].
func (w ImageWorkload) Export(dir string) error {
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: w.Model, Params: params, Mode: graph.Eval, Input: w.Input})
	if err != nil {
		return err
	}
	defer p.Close()
	list, weights := listed(params, resnet.TorchName)
	network := map[string]any{
		"Params": list, "Blocks": w.Model.Blocks, "Width": w.Model.Width, "Bottleneck": w.Model.Bottleneck,
		"Large": w.Model.Stem == resnet.LargeStem, "OptionA": w.Model.Shortcut == resnet.OptionA,
		"Classes": w.Model.Classes, "Input": w.Input, "Train": w.Train, "Rate": w.Rate,
	}
	if err := writeNetwork(dir, network); err != nil {
		return err
	}
	batches, err := w.batches()
	if err != nil {
		return err
	}
	return writeAll(dir, weights, batches)
}

// listed are the parameters under PyTorch's names, and their values one after another.
func listed(params *graph.Params, name func(string) string) (list []exported, weights []float32) {
	for _, p := range params.All() {
		list = append(list, exported{name(p.Name), p.Value.Shape()})
		weights = append(weights, p.Value.Float32s()...)
	}
	return list, weights
}

// writeNetwork writes network.json.
func writeNetwork(dir string, network map[string]any) error {
	text, err := json.Marshal(network)
	if err != nil {
		return errors.Wrap(err, "bench")
	}
	return errors.Wrap(os.WriteFile(filepath.Join(dir, "network.json"), text, 0o644), "bench")
}
