// Package features shows what the units of a trained network for images see: the weights of the first layer, the maps that an image
// makes in each layer, the images of a dataset that excite a unit most, and images made to excite it, by the gradient with respect to
// the input (Erhan et al. 2009; Zeiler and Fergus 2014). It works for any model of images (batch, channels, height, width).
//
//	v, err := features.New(model, params, tensor.Shape{1, 28, 28})
//	best, err := v.Best(ctx, images, layer, units, 9)
//	made, err := v.Maximise(ctx, layer, units, features.Options{Seed: 1})
package features

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A Viewer looks into a trained network, in evaluation mode. It does not change the parameters. One goroutine at a time may use it.
type Viewer struct {
	model  graph.Model
	params *graph.Params
	image  tensor.Shape // channels, height, width

	Layers []Layer // the weighted layers on the way from input to output, in this order
}

// A Layer is a layer with units that can be looked at: the channels of maps, or the units of a dense layer.
type Layer struct {
	Path          string // of its linear map, as "layer1/block2/conv2"
	Depth         int    // counted from 1
	EndsBlock     bool   // whether the sum of a residual block is part of it
	Units         int
	Height, Width int // of a map; 1 and 1 for a dense layer
	// Field is what a unit sees of the image: the receptive field.
	Field Field

	index int // in Program.Layers
}

// New finds the layers of a network for images of a shape (channels, height, width). The parameters are those of a trained network.
func New(model graph.Model, params *graph.Params, image tensor.Shape) (*Viewer, error) {
	if model == nil || params == nil || len(image) != 3 {
		return nil, errors.Errorf("features: got a model %T, parameters %v and images of shape %v, want a model, its parameters and (channels, height, width)",
			model, params != nil, image)
	}
	v := &Viewer{model: model, params: params, image: image}
	p, err := v.program(1, false)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	ends := make(map[int]bool)
	for _, b := range p.Blocks {
		ends[b.Last] = true
	}
	fields := newFields(p.Input)
	for i, l := range p.Layers {
		shape := valueOf(l).Shape()
		if l.OnSkip || len(shape) != 4 && len(shape) != 2 {
			continue
		}
		layer := Layer{Path: l.Path, Depth: l.Depth, EndsBlock: ends[i], Units: shape[1], Height: 1, Width: 1, Field: fields.of(l.Pre), index: i}
		if len(shape) == 4 {
			layer.Height, layer.Width = shape[2], shape[3]
		}
		v.Layers = append(v.Layers, layer)
	}
	if len(v.Layers) == 0 {
		return nil, errors.Errorf("features: got a network of %d layers, none with maps or units, want at least one convolution or dense layer", len(p.Layers))
	}
	return v, nil
}

// program is the network for a number of images.
func (v *Viewer) program(batch int, keepAll bool) (*graph.Program, error) {
	p, err := graph.Build(graph.Config{
		Model: v.model, Params: v.params, Input: append(tensor.Shape{batch}, v.image...), Mode: graph.Eval, KeepAll: keepAll,
	})
	return p, errors.Wrap(err, "features")
}

// valueOf is the node of what a layer passes on.
func valueOf(l *graph.LayerTrace) *gorgonia.Node {
	if l.Act != nil {
		return l.Act
	}
	return l.Pre
}

// layer checks the index of a layer and those of units.
func (v *Viewer) layer(i int, units []int) (Layer, error) {
	if i < 0 || i >= len(v.Layers) {
		return Layer{}, errors.Errorf("features: layer: got %d, want 0 to %d", i, len(v.Layers)-1)
	}
	for _, u := range units {
		if u < 0 || u >= v.Layers[i].Units {
			return Layer{}, errors.Errorf("features: unit of layer %s: got %d, want 0 to %d", v.Layers[i].Path, u, v.Layers[i].Units-1)
		}
	}
	return v.Layers[i], nil
}

// floats are the values of a tensor of either type.
func floats(t *tensor.Dense) []float64 {
	if t.Dtype() == tensor.Float64 {
		return t.Float64s()
	}
	list := make([]float64, len(t.Float32s()))
	for i, x := range t.Float32s() {
		list[i] = float64(x)
	}
	return list
}

// newTensor is a tensor of values in the type of the parameters.
func (v *Viewer) newTensor(values []float64, shape ...int) *tensor.Dense {
	t := tensor.New(tensor.Of(v.params.Dtype()), tensor.WithShape(shape...))
	fill(t, values)
	return t
}

// fill sets the values of a tensor of either type.
func fill(t *tensor.Dense, values []float64) {
	if t.Dtype() == tensor.Float64 {
		copy(t.Float64s(), values)
		return
	}
	for i, x := range values {
		t.Float32s()[i] = float32(x)
	}
}
