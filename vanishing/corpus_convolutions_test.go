package vanishing_test

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// rowsToImages makes images of rows of 784 features.
var rowsToImages = graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Reshape(x, tensor.Shape{x.Shape()[0], 1, 28, 28}))
})

// onImages is a network on images, after a convolution of stride 2, which saves time.
func onImages(layers ...graph.Layer) graph.Sequential {
	return append(graph.Sequential{rowsToImages, graph.Conv2D{Channels: 8, Kernel: 3, Stride: 2, Padding: 1, Init: initializer.LeCunNormal{}, NoBias: true}}, layers...)
}

// convStack is a plain network of convolutions.
func convStack(depth int, init initializer.Initializer, a graph.Activation, norm bool) graph.Sequential {
	layers := []graph.Layer{a}
	if norm {
		layers = []graph.Layer{graph.BatchNorm{}, a}
	}
	model := onImages(layers...)
	for range depth - 1 {
		model = append(model, graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1, Init: init, NoBias: norm})
		model = append(model, layers...)
	}
	return append(model, graph.GlobalAvgPool{}, graph.Dense{Units: classes})
}

// convBlocks are pre-activation blocks without normalisation.
func convBlocks(blocks int, scale float64) graph.Sequential {
	model := onImages()
	conv := graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1, Init: initializer.HeNormal{}}
	for range blocks {
		model = append(model, graph.Residual{Branch: graph.Sequential{graph.ReLU, conv, graph.ReLU, conv}, Scale: scale})
	}
	return append(model, graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: classes})
}

// describedImages describes a network on images to theory, up to the last hidden layer.
func describedImages(model graph.Model) *theory.Net {
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{32, features}, Loss: graph.CrossEntropy{}})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	net, err := vanishing.Describe(p)
	if err != nil {
		panic(err)
	}
	net.Layers = net.Layers[:len(net.Layers)-1]
	return &net
}

// convolutional are plain and residual networks of convolutions, with and without normalisation. Theory knows how much the zeros beyond
// the border take away.
func convolutional() []specimen {
	var list []specimen
	add := func(name string, model graph.Model) {
		list = append(list, specimen{name: "convolutions, " + name, model: model, net: describedImages(model)})
	}
	for _, c := range []struct {
		depth int
		init  initializer.Initializer
		a     graph.Activation
		norm  bool
	}{
		{6, initializer.HeNormal{}, graph.ReLU, false}, {14, initializer.HeNormal{}, graph.ReLU, false}, {8, initializer.LeCunNormal{}, graph.Tanh, false},
		{10, initializer.HeNormal{}, graph.ReLU, true}, {12, initializer.HeNormal{}, graph.Tanh, true}, {24, initializer.HeNormal{}, graph.ReLU, true},
		{20, initializer.DeltaOrthogonal{Gain: math.Sqrt2}, graph.ReLU, false},
		{12, initializer.XavierNormal{}, graph.Sigmoid, false}, {18, initializer.Normal{Std: 0.05}, graph.ReLU, false},
		{25, initializer.XavierNormal{Gain: 0.4}, graph.Tanh, false}, {25, initializer.HeNormal{Gain: 2.6}, graph.ReLU, false},
	} {
		add(fmt.Sprintf("%v %v norm=%v, %d layers", c.a, c.init, c.norm, c.depth), convStack(c.depth, c.init, c.a, c.norm))
	}
	small := resnet.Image{Classes: classes, Blocks: []int{2, 2, 2}, Width: 8}
	edit := func(f func(m *resnet.Image)) graph.Model {
		m := small
		f(&m)
		return graph.Sequential{rowsToImages, m}
	}
	add("residual", edit(func(m *resnet.Image) {}))
	add("residual, channels of zeros", edit(func(m *resnet.Image) { m.Shortcut = resnet.OptionA }))
	add("without skips", edit(func(m *resnet.Image) { m.NoSkip = true }))
	add("pre-activation", edit(func(m *resnet.Image) { m.PreActivation = true }))
	add("norm-free", edit(func(m *resnet.Image) { m.PreActivation, m.NormFree = true, true }))
	add("norm-free without skips", edit(func(m *resnet.Image) {
		m.PreActivation, m.NormFree, m.NoSkip, m.Blocks = true, true, true, []int{3, 3, 3}
	}))
	add("residual blocks, scaled", convBlocks(10, 0.3))
	add("residual blocks, unscaled", convBlocks(32, 1))

	sgd, adam := &optim.SGD{LearningRate: 0.05, Momentum: 0.9}, &optim.Adam{LearningRate: 0.003}
	train := func(name string, model graph.Model, o optim.Optimizer, learns float64) {
		list = append(list, specimen{name: fmt.Sprintf("convolutions, trained %s, %T", name, o), model: model, net: describedImages(model), optimizer: o, set: "fashion",
			steps: 60, learns: learns, unknown: []string{"gradient-noise"}})
	}
	for _, o := range []optim.Optimizer{sgd, adam} {
		train("with batch normalisation, 6 layers", convStack(6, initializer.HeNormal{}, graph.ReLU, true), o, 0.92)
		train("residual", graph.Sequential{rowsToImages, resnet.Image{Classes: classes, Blocks: []int{1, 1, 1}, Width: 8}}, o, 0.8)
	}
	train("sigmoid, 12 layers", convStack(12, initializer.XavierNormal{}, graph.Sigmoid, false), sgd, 0)
	return list
}
