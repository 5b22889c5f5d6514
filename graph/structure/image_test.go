package structure_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// builtOn finds the structure of a model for inputs of a shape.
func builtOn(t *testing.T, model graph.Model, input ...int) *structure.Network {
	t.Helper()
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: input, Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	return p.Structure()
}

// Our convolutions and pools are seen as Gorgonia's.
func TestOurConvolutionsAreSeenAsGorgonias(t *testing.T) {
	draw := func(ours bool) *structure.Network {
		s := newSketch()
		h, one := s.input("x", 2, 3, 8, 8), []int{1, 1}
		for i := range 3 {
			w := s.weight(fmt.Sprintf("conv%d.filter", i+1), 4, h.Shape()[1], 3, 3)
			if ours {
				h = must(op.Activate(op.Sigmoid, 0, must(op.Conv2D(h, w, nil, op.Window{Padding: [2]int{1, 1}}, 1))))
				h = must(op.MaxPool2D(h, op.Window{Size: [2]int{2, 2}, Stride: [2]int{1, 1}}))
				continue
			}
			h = must(gorgonia.Sigmoid(must(gorgonia.Conv2d(h, w, tensor.Shape{3, 3}, one, one, one))))
			h = must(gorgonia.MaxPool2D(h, tensor.Shape{2, 2}, []int{0, 0}, one))
		}
		return s.find(t, s.affine(must(gorgonia.Reshape(h, tensor.Shape{2, h.Shape().TotalSize() / 2})), "out", 3))
	}
	ours, stock := draw(true), draw(false)
	if ours.String() != stock.String() {
		t.Errorf("found\n%vof Gorgonia's\n%v", ours, stock)
	}
	for i, l := range ours.Layers[:3] {
		if m, n := l.Maps[0], stock.Layers[i].Maps[0]; m.Kind != n.Kind || m.In != n.In || l.UnitAxis != stock.Layers[i].UnitAxis {
			t.Errorf("layer %d: found %+v, of Gorgonia's %+v", i, m, n)
		}
	}
}

// The layers of images: sizes, bias, normalisation, activation, and the axis of the channels.
func TestLayersOfImages(t *testing.T) {
	net := builtOn(t, graph.Sequential{
		graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1}, graph.BatchNorm{}, graph.ReLU, graph.MaxPool2D{Kernel: 2},
		graph.Conv2D{Channels: 8, Kernel: 3, Groups: 8, NoBias: true}, graph.GroupNorm{Groups: 2}, graph.Dropout2D{P: 0.5}, graph.Tanh,
		graph.Conv2D{Channels: 4, Kernel: 1}, graph.LayerNorm{Channels: true}, graph.SiLU,
		graph.ConvTranspose2D{Channels: 6, Kernel: 3, Stride: 2}, graph.InstanceNorm{}, graph.Sigmoid,
		graph.Conv2D{Channels: 5, Kernel: 2, Standardize: true}, graph.GlobalAvgPool{},
		graph.Dense{Units: 3},
	}, 2, 3, 8, 8)
	golden(t, "images", net)
	if len(net.Unreached()) > 0 {
		t.Errorf("unreached: %v", net.Unreached())
	}
	for _, l := range net.Layers[:5] {
		if m := l.Maps[0]; m.Kind != structure.Convolution || l.Pre.Shape()[len(l.Pre.Shape())-1-l.UnitAxis] != l.Out() {
			t.Errorf("%s is %+v with units along axis %d of %v", l.Path, m, l.UnitAxis, l.Pre.Shape())
		}
	}
	if pooled := net.Layers[4]; pooled.Pre.Shape().Dims() != 4 || pooled.Out() != 5 {
		t.Errorf("the layer before the pool has the pre-activation %v", pooled.Pre.Shape())
	}
	seq := builtOn(t, graph.Sequential{graph.Conv1D{Channels: 4, Kernel: 3, Groups: 2}, graph.BatchNorm{}, graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 3}}, 2, 6, 9)
	if l := seq.Layers[0]; l.In() != 9 || l.Out() != 4 || l.UnitAxis != 1 || l.Norm != structure.BatchNorm || l.Maps[0].Kind != structure.Convolution {
		t.Errorf("a layer of sequences is %+v", l)
	}
}

// Blocks whose skip is the identity, channels of zeros, or a convolution with normalisation; the activation before or after the sum.
func TestBlocksOfImages(t *testing.T) {
	conv := func(channels, kernel, stride int) graph.Layer {
		return graph.Sequential{graph.Conv2D{Channels: channels, Kernel: kernel, Stride: stride, Padding: kernel / 2, NoBias: true}, graph.BatchNorm{}}
	}
	block := func(channels, stride int, shortcut graph.Layer) graph.Layer {
		return graph.Residual{Branch: graph.Sequential{conv(channels, 3, stride), graph.ReLU, conv(channels, 3, 1)}, Shortcut: shortcut, Activation: graph.ReLU}
	}
	pre := func(channels int) graph.Layer {
		half := func() graph.Layer {
			return graph.Sequential{graph.BatchNorm{}, graph.ReLU, graph.Conv2D{Channels: channels, Kernel: 3, Padding: 1, NoBias: true}}
		}
		return graph.Residual{Branch: graph.Sequential{half(), half(), graph.StochasticDepth{P: 0.1}}}
	}
	net := builtOn(t, graph.Sequential{
		conv(4, 3, 1), graph.ReLU, block(4, 1, nil), block(8, 2, graph.PadChannels{Channels: 8, Stride: 2}), block(6, 2, conv(6, 1, 2)),
		pre(6), pre(6), graph.BatchNorm{}, graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 3},
	}, 2, 3, 8, 8)
	golden(t, "image-blocks", net)
	var kinds []structure.BlockKind
	for _, b := range net.Blocks {
		kinds = append(kinds, b.Kind)
	}
	if got := fmt.Sprint(kinds); got != "[identity identity projection identity identity]" {
		t.Errorf("the blocks are %v", got)
	}
}
