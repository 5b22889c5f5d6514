package vanishing

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// imageOf describes the input of a network with convolutions; nil for other networks.
func (p *netReader) imageOf(path []*graph.LayerTrace) (*theory.Image, error) {
	for _, l := range path {
		if op.SpecOf(l.Linear).Kind != op.KindConv {
			continue
		}
		if op.SpecOf(path[0].Linear).Kind != op.KindConv {
			return nil, errors.Errorf("theory does not cover a convolution after a fully connected layer, such as %s", l.Path)
		}
		height, width := sides(op.Operands(path[0].Linear)[0].Shape())
		return &theory.Image{Height: height, Width: width}, nil
	}
	return nil, nil
}

// sides are height and width of images (batch, channels, height, width), and of sequences (batch, channels, length), which are images
// of height 1.
func sides(shape []int) (height, width int) {
	if len(shape) == 3 {
		return 1, shape[2]
	}
	return shape[2], shape[3]
}

// isConvolution reports whether a layer is one.
func isConvolution(found *structure.Layer) bool { return found.Maps[0].Kind == structure.Convolution }

// checkConvolution returns an error for convolutions that theory does not cover.
func checkConvolution(found *structure.Layer) error {
	switch spec := op.SpecOf(found.Maps[0].Node); {
	case spec.Kind != op.KindConv:
		return errors.Errorf("theory does not cover transposed convolutions, such as %s", found.Path)
	case spec.Groups > 1:
		return errors.Errorf("theory does not cover convolutions of groups of channels, such as %s", found.Path)
	}
	return nil
}

// convolution describes the window of a convolution and its weight.
func (p *netReader) convolution(layer *theory.Layer, found *structure.Layer, w *graph.Binding) {
	window := windowOf(found.Maps[0])
	layer.In = found.Maps[0].In / (window.Size[0] * window.Size[1])
	if _, centre := w.Init.(initializer.DeltaOrthogonal); centre {
		layer.Orthogonal, window.Centre = true, true
	}
	layer.Window = &window
}

func windowOf(m *structure.Map) theory.Window {
	w := op.SpecOf(m.Node).Window
	shape := m.Weight.Shape()
	window := theory.Window{Size: [2]int{1, shape[len(shape)-1]}, Stride: w.Stride, Padding: w.Padding, Dilation: w.Dilation}
	if len(shape) > 3 {
		window.Size[0] = shape[2]
	}
	return window
}

// standardizedVariance is the variance of weights that are standardised with a gain, of which theory covers 0 and 1.
func (p *netReader) standardizedVariance(m *structure.Map) (variance float64, err error) {
	for _, b := range p.Weights {
		if b.Role != graph.Gain || way(m.Weight, b.Node) == nil {
			continue
		}
		zero, err := p.zeroGain(b)
		if err != nil || zero {
			return 0, err
		}
	}
	return 1 / float64(m.In), nil
}

// isStandardized reports whether a weight is a parameter with each output's elements normalised: the first of the parameters that it is
// computed from, times a gain.
func isStandardized(weight, of *gorgonia.Node) bool {
	normalised := false
	for _, n := range way(weight, of) {
		switch spec := op.SpecOf(n); {
		case n == of, spec.Kind == op.KindReshape:
		case spec.Kind == op.KindNormalize && spec.Over.Groups() > 0 && !spec.Frozen:
			normalised = true
		default:
			return false
		}
	}
	return normalised
}

// poolName tells what a pool does, in the reader's terms.
func poolName(n *gorgonia.Node) string {
	if name := op.SpecOf(n).Name; name != "" {
		return name + " pooling"
	}
	return "maximum pooling"
}

// padded describes a skip that takes every so many pixels and adds channels of zeros.
func padded(block *theory.Block, from, to *gorgonia.Node) {
	block.PadsChannels = true
	w := theory.Window{Size: [2]int{1, 1}}
	for axis := range w.Stride {
		in, out := from.Shape()[2+axis], to.Shape()[2+axis]
		w.Stride[axis] = (in + out - 1) / out
	}
	block.ProjectionWindow = &w
}
