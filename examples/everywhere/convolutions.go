package main

import (
	"io"

	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// convolutional is a network of blocks of two convolutions with batch normalisation, of 8 channels.
func convolutional(blocks int, skips bool) graph.Model {
	return resnet.Image{Classes: 10, Blocks: []int{blocks}, Width: 8, NoSkip: !skips}
}

// convolutions compares convolutional networks of up to 37 convolutions.
func convolutions(w io.Writer, out string) error {
	images, err := guide.Images(16)
	if err != nil {
		return err
	}
	if images, err = images.Reshape(1, 28, 28); err != nil {
		return err
	}
	batch := task{images.X, images.Y, graph.CrossEntropy{}}
	network := func(skips bool) func(int) ([]float64, error) {
		return func(blocks int) ([]float64, error) {
			return batch.gradients(convolutional(blocks, skips), "conv1/weight", "conv2/weight")
		}
	}
	blocks := []int{3, 6, 12, 18}
	heading(w, "convolutions with BN: gradient, first over last convolution", "blocks", blocks)
	return compare(w, []stack{
		{"plain", guide.Line{Name: "plain", Color: guide.Vermilion, Style: guide.Smooth}, network(false)},
		{"residual", guide.Line{Name: "residual", Color: guide.Blue, Style: guide.Smooth}, network(true)},
	}, blocks, guide.Figure{Title: "37 convolutions", XLabel: "convolution"}, out, "everywhere-cnn.png")
}
