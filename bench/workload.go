package bench

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// A Workload is a network to train on images of 784 pixels in 10 classes.
type Workload struct {
	Name  string
	About string
	Model graph.Model

	Widths []int // of the hidden layers
	Act    string
	Norm   bool    // batch normalisation
	Blocks int     // residual blocks of two layers; Widths are then the stem and the layers of the blocks
	Scale  float64 // of the residual branches

	// Cautious makes the learning rates 1000 times smaller. Twenty layers with batch normalisation are chaotic at first: with
	// the usual rates, a rounding difference of 1e-6 in the loss grows to a tenth after five steps, in any framework.
	Cautious bool
}

// Rate is the learning rate for an optimiser, "sgd" or "adam".
func (w Workload) Rate(optimizer string) float64 {
	rate := 0.01
	if optimizer == "adam" {
		rate = 0.0001
	}
	if w.Cautious {
		rate /= 1000
	}
	return rate
}

// Workloads are the networks that are measured.
var Workloads = []Workload{
	{Name: "a", About: "784-256-256-10, ReLU", Widths: []int{256, 256}, Act: "relu",
		Model: mlp.Model{Input: 784, Hidden: []int{256, 256}, Output: 10, Activation: graph.ReLU}},
	{Name: "b", About: "784, 50 x 128, 10, tanh", Widths: slices.Repeat([]int{128}, 50), Act: "tanh",
		Model: mlp.Model{Input: 784, Hidden: slices.Repeat([]int{128}, 50), Output: 10, Activation: graph.Tanh}},
	{Name: "c", About: "784, 20 x 512, 10, ReLU + batch norm", Widths: slices.Repeat([]int{512}, 20), Act: "relu", Norm: true, Cautious: true,
		Model: mlp.Model{Input: 784, Hidden: slices.Repeat([]int{512}, 20), Output: 10, Activation: graph.ReLU, Norm: graph.BN}},
	{Name: "d", About: "784, 128, 25 residual blocks of 2 x 128, 10, ReLU", Widths: slices.Repeat([]int{128}, 51), Act: "relu",
		Blocks: 25, Scale: 0.2, Model: resnet.Model{Input: 784, Blocks: 25, Width: 128, Output: 10, Activation: graph.ReLU, BranchScale: 0.2}},
	{Name: "e", About: "784-32-10, ReLU", Widths: []int{32}, Act: "relu",
		Model: mlp.Model{Input: 784, Hidden: []int{32}, Output: 10, Activation: graph.ReLU}},
}

// Deep is a network of the given number of layers of 128 units. A nil initialiser means the activation's default.
func Deep(layers int, a graph.Activation, init initializer.Initializer) Workload {
	return Workload{Name: fmt.Sprintf("%d layers of 128, %v", layers, a), Model: mlp.Model{
		Input: inputs, Hidden: slices.Repeat([]int{128}, layers), Output: classes, Activation: a, Init: init}}
}

// Find returns the workload of a name.
func Find(name string) (Workload, error) {
	for _, w := range Workloads {
		if w.Name == name {
			return w, nil
		}
	}
	return Workload{}, errors.Errorf("bench: unknown workload: got %q, want a to e", name)
}

const (
	inputs  = 784
	classes = 10
)

// A Product is a matrix product of a training step: op(a) is M by K, op(b) K by N.
type Product struct {
	M, N, K        int
	TransA, TransB bool
}

// Products are the matrix products of a training step: the forward pass, and the gradients with respect to weights and inputs,
// except the images.
func (w Workload) Products(batch int) []Product {
	widths := append(append([]int{inputs}, w.Widths...), classes)
	var list []Product
	for i := range len(widths) - 1 {
		in, out := widths[i], widths[i+1]
		list = append(list, Product{M: batch, N: out, K: in}, Product{M: in, N: out, K: batch, TransA: true})
		if i > 0 {
			list = append(list, Product{M: batch, N: in, K: out, TransB: true})
		}
	}
	return list
}

// FLOPs is the number of additions and multiplications in the matrix products of a step.
func (w Workload) FLOPs(batch int) float64 {
	var sum float64
	for _, p := range w.Products(batch) {
		sum += 2 * float64(p.M) * float64(p.N) * float64(p.K)
	}
	return sum
}
