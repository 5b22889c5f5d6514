package machine_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// imageCase is a network on images of a shape.
type imageCase struct {
	name  string
	model resnet.Image
	input tensor.Shape
}

func imageCases(t *testing.T) []imageCase {
	t.Helper()
	cifar, err := resnet.CIFAR(20, 10)
	if err != nil {
		t.Fatal(err)
	}
	optionB, preActivation, normFree, tanh := cifar, cifar, cifar, cifar
	optionB.Shortcut = resnet.OptionB
	preActivation.PreActivation = true
	normFree.NormFree, normFree.PreActivation, normFree.Shortcut = true, true, resnet.OptionB
	tanh.Activation = graph.Tanh
	return []imageCase{
		{"option A", cifar, tensor.Shape{4, 3, 16, 16}},
		{"odd sizes", cifar, tensor.Shape{3, 1, 13, 9}},
		{"option B", optionB, tensor.Shape{4, 3, 16, 16}},
		{"pre-activation", preActivation, tensor.Shape{4, 3, 16, 16}},
		{"without normalisation", normFree, tensor.Shape{4, 3, 16, 16}},
		{"tanh", tanh, tensor.Shape{4, 3, 16, 16}},
		{"narrow", resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 5, Stem: cifar.Stem}, tensor.Shape{3, 6, 9, 9}},
		{"bottleneck", resnet.Image{Classes: 10, Blocks: []int{1, 2, 1}, Width: 8, Bottleneck: true, Stem: resnet.LargeStem}, tensor.Shape{2, 3, 64, 64}},
	}
}

func (c imageCase) build(t *testing.T, config graph.Config) *graph.Program {
	t.Helper()
	config.Model, config.Input, config.Loss = c.model, c.input, graph.CrossEntropy{}
	config.Params = graph.NewParams(tensor.Float32, 1)
	return build(t, config)
}

func (c imageCase) run(t *testing.T, p *graph.Program) {
	t.Helper()
	run(t, p, randn(t, tensor.Float32, 2, c.input...), classes(t, c.input[0], 10, 3))
}

// Images in blocks: outputs, loss, gradients and running statistics are those of a machine that keeps every value in the layout at the
// interface.
func TestLayoutDoesNotChangeTheResults(t *testing.T) {
	for _, c := range imageCases(t) {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			p, plain := c.build(t, graph.Config{Mode: mode}), c.build(t, graph.Config{Mode: mode, KeepAll: true})
			for range 2 {
				c.run(t, p)
				c.run(t, plain)
			}
			compare(t, c.name, p, plain)
		}
	}
}

// compare compares all that two programs of one model have computed.
func compare(t *testing.T, name string, p, plain *graph.Program) {
	t.Helper()
	want := plain.Computed()
	for i, n := range p.Computed() {
		if d := distance(n.Value(), want[i].Value()); !(d < 5e-5) {
			t.Errorf("%s: node %d (%v) of shape %v differs by %g of its size", name, i, n, n.Shape(), d)
		}
	}
}

// distance is the size of the difference of two values, relative to the second one.
func distance(v, want gorgonia.Value) float64 {
	var difference, size float64
	w := floats(want)
	for i, x := range floats(v) {
		difference += (x - w[i]) * (x - w[i])
		size += w[i] * w[i]
	}
	return math.Sqrt(difference / max(size, 1e-12))
}
