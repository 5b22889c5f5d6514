package vanishing

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// A description has what the flags of a model say, and assumes standardised inputs.
func TestDescribe(t *testing.T) {
	program := build(t, resnet.Model{Input: 32, Blocks: 1, Width: 8, Output: 3, Norm: graph.LN}, graph.CrossEntropy{}, 1, 16, 32)
	net, err := Describe(program)
	if err != nil {
		t.Fatal(err)
	}
	he := func(name string, in, out int) theory.Layer {
		return theory.Layer{Name: name, In: in, Out: out, WeightVar: 2 / float64(in), Norm: theory.LayerNorm, Activation: graph.ReLU}
	}
	want := theory.Net{
		Layers: []theory.Layer{
			he("dense1", 32, 8), he("block1/dense1", 8, 8), he("block1/dense2", 8, 8),
			{Name: "dense2", In: 8, Out: 3, WeightVar: net.Layers[3].WeightVar},
		},
		Blocks: []theory.Block{{First: 1, Last: 2, Scale: 1}}, Batch: 16, MeanSquare: 1,
	}
	if !reflect.DeepEqual(net, want) {
		t.Errorf("got\n%+v\nwant\n%+v", net, want)
	}
}

// The error names what theory does not cover.
func TestDescribeWhatTheoryDoesNotCover(t *testing.T) {
	dense := graph.Dense{Units: 8}
	within := func(l graph.Layer) graph.Model {
		return graph.Sequential{dense, graph.Tanh, dense, l, graph.Tanh, graph.Dense{Units: 10}}
	}
	atTheEnd := func(l graph.Layer) graph.Model {
		return graph.Sequential{dense, graph.Residual{Branch: graph.Sequential{dense, graph.ReLU, dense, l}, Scale: 0.5}, graph.Dense{Units: 10}}
	}
	for want, model := range map[string]graph.Model{
		"no hidden layer":                              graph.Dense{Units: 10},
		"no words for dropout in layer dense2":         within(graph.Dropout{P: 0.5}),
		"no words for scale in layer dense2":           within(graph.Scale{Factor: 5}),
		"no words for dropout in layer block1/dense2":  atTheEnd(graph.StochasticDepth{P: 0.5}),
		"no words for scale in layer block1/dense2":    atTheEnd(graph.Scale{Factor: 5}),
		"before layer dense2: theory has no words for": mlp.Model{Input: 6, Depth: 3, Width: 8, Output: 10, Dropout: 0.5},
		"the mean of dense1/weight is 1,":              mlp.Model{Input: 6, Depth: 3, Width: 8, Output: 10, Init: initializer.Normal{Mean: 1, Std: 1e-3}},
	} {
		net, err := Describe(build(t, model, graph.CrossEntropy{}, 1, 4, 6))
		if err == nil || !strings.HasPrefix(err.Error(), "vanishing: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and the error %v, want an error with %q", net, err, want)
		}
	}
}

// So it does for networks on images.
func TestDescribeImagesThatTheoryDoesNotCover(t *testing.T) {
	conv := graph.Conv2D{Channels: 4, Kernel: 3, Padding: 1}
	head := graph.Sequential{graph.GlobalAvgPool{}, graph.Dense{Units: 3}}
	for want, layers := range map[string]graph.Sequential{
		"before layer conv2: theory has no words for maximum pooling": {conv, graph.ReLU, graph.MaxPool2D{Kernel: 2}, conv, head},
		"before layer conv2: theory has no words for average pooling": {conv, graph.ReLU, graph.AvgPool2D{Kernel: 2}, conv, head},
		"does not cover convolutions of groups of channels, such as conv2": {
			conv, graph.ReLU, graph.Conv2D{Channels: 4, Kernel: 3, Groups: 4}, head},
		"does not cover transposed convolutions, such as conv_transposed1": {conv, graph.ReLU, graph.ConvTranspose2D{Channels: 4, Kernel: 2}, head},
		"no words for the normalisation of layer conv1":                    {conv, graph.GroupNorm{Groups: 2}, graph.ReLU, head},
	} {
		p, err := graph.Build(graph.Config{Model: layers, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{4, 2, 8, 8}, Loss: graph.CrossEntropy{}})
		if err != nil {
			t.Fatal(err)
		}
		if net, err := Describe(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and the error %v, want an error with %q", net, err, want)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A pre-activation network without normalisation has its factors in the activations and the sums, and skips that begin late.
func TestDescribeImages(t *testing.T) {
	m := resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 4, PreActivation: true, NormFree: true}
	p, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{4, 2, 8, 8}, Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	net, err := Describe(p)
	if err != nil {
		t.Fatal(err)
	}
	if net.Image == nil || net.Image.Height != 8 || net.Image.Width != 8 || len(net.Layers) != 6 || len(net.Blocks) != 2 {
		t.Fatalf("got %+v", net)
	}
	first, second := net.Blocks[0], net.Blocks[1]
	if first.SkipsLate || first.Scale != 0.2 || !second.SkipsLate || second.ProjectionVar != 0.25 || !second.ProjectionStandardized || second.ProjectionWindow.Stride != [2]int{2, 2} {
		t.Errorf("got the blocks %+v and %+v", first, second)
	}
	if l := net.Layers[3]; l.PreActivation == nil || l.Window.Stride != [2]int{2, 2} || l.In != 4 || l.Out != 8 || !l.Standardized || l.WeightVar != 1.0/36 {
		t.Errorf("got the layer %+v", l)
	}
	if got, want := net.Layers[4].SumScale, 1/1.0198039027; math.Abs(got-want) > 1e-9 || !net.Layers[5].Pooled {
		t.Errorf("the last sum is multiplied by %g, want %g; the last layer is %+v", got, want, net.Layers[5])
	}
}

func TestDescribeTrainedParameters(t *testing.T) {
	var trainer *train.Trainer
	fit(t, nil, func(of *train.Trainer) { trainer = of })
	program, err := graph.Build(graph.Config{
		Model: trainer.Model, Params: trainer.Params, Input: tensor.Shape{4, 4}, Loss: trainer.Loss,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if _, err := Describe(program); err == nil || !strings.Contains(err.Error(), "got trained parameters") {
		t.Errorf("got the error %v, want one about trained parameters", err)
	}
}
