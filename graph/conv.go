package graph

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// Conv2D is the convolution of images x (batch, in, height, width) by Channels windows, plus a bias for each: see [op.Conv2D]. The
// weight has shape (Channels, in/Groups, Kernel, Kernel) and the bias shape (Channels), as in PyTorch.
//
// The fan of the weight has the products that are summed in an output, in/Groups·Kernel·Kernel, and the outputs of one input,
// Channels/Groups·Kernel·Kernel. PyTorch does not divide the second one by the groups.
type Conv2D struct {
	Channels int // of the output; must be positive
	Kernel   int // height and width of the window
	Stride   int // from one window to the next; 0 means 1
	Padding  int // zeros on each side of an image
	Dilation int // from one element of the window to the next; 0 means 1
	Groups   int // of channels, each of which is computed from one group of inputs; 0 means 1

	// Window has other numbers for the height than for the width. If its Size is set, it takes the place of Kernel, Stride, Padding
	// and Dilation.
	Window op.Window

	Init     initializer.Initializer // of the weight; nil means XavierUniform{}
	NoBias   bool
	BiasInit initializer.Initializer // nil means zeros

	// Standardize gives the n weights of each output the mean 0 and the variance 1/n, times a gain that is trained and begins at 1
	// (Qiao et al. 2019; Brock et al. 2021, eq. 1). Networks without normalisation use it, with [ScaledReLU]. An epsilon of 1e-6 is added to
	// the variance of the weights before the root is taken, so that weights whose standard deviation is near 1e-3 or below come out smaller.
	Standardize bool
	GainInit    initializer.Initializer // of that gain; nil means ones
}

// Apply draws the convolution.
func (c Conv2D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	window := c.Window
	if window == (op.Window{}) {
		window = square(c.Kernel, c.Stride, c.Padding, c.Dilation)
	} else if window.Size == [2]int{} {
		return b.Scope("conv").Failf("got Window %+v, want one with a Size (or Kernel, Stride, Padding and Dilation, and no Window)", window)
	}
	return convolution{c.Channels, window, c.Groups, c.Init, c.NoBias, c.BiasInit, c.Standardize, c.GainInit}.draw(b.Scope("conv"), x, 4, op.Conv2D)
}

// String shows the layer as in a summary.
func (c Conv2D) String() string { return fmt.Sprintf("Conv2D(%d)", c.Channels) }

// Conv1D is the convolution of sequences x (batch, in, length) by Channels windows, as [Conv2D]. The weight has shape (Channels,
// in/Groups, Kernel).
type Conv1D struct {
	Channels int
	Kernel   int // length of the window
	Stride   int // 0 means 1
	Padding  int
	Dilation int // 0 means 1
	Groups   int // 0 means 1

	Init        initializer.Initializer // of the weight; nil means XavierUniform{}
	NoBias      bool
	BiasInit    initializer.Initializer // nil means zeros
	Standardize bool                    // see Conv2D
	GainInit    initializer.Initializer // see Conv2D
}

// Apply draws the convolution.
func (c Conv1D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	window := square(c.Kernel, c.Stride, c.Padding, c.Dilation)
	return convolution{c.Channels, window, c.Groups, c.Init, c.NoBias, c.BiasInit, c.Standardize, c.GainInit}.draw(b.Scope("conv"), x, 3, op.Conv1D)
}

// String shows the layer as in a summary.
func (c Conv1D) String() string { return fmt.Sprintf("Conv1D(%d)", c.Channels) }

// ConvTranspose2D is the transposed convolution of images x (batch, in, height, width), which makes larger images with a stride:
// see [op.ConvTranspose2D]. The weight has shape (in, Channels/Groups, Kernel, Kernel) and the bias shape (Channels), as in PyTorch.
type ConvTranspose2D struct {
	Channels      int
	Kernel        int
	Stride        int // 0 means 1
	Padding       int // pixels that the result lacks on each side
	OutputPadding int // pixels that the result has more on the right and below
	Dilation      int // 0 means 1
	Groups        int // 0 means 1

	Init     initializer.Initializer // of the weight; nil means XavierUniform{}
	NoBias   bool
	BiasInit initializer.Initializer // nil means zeros
}

// Apply draws the convolution.
func (c ConvTranspose2D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("conv_transposed")
	k := convolution{c.Channels, square(c.Kernel, c.Stride, c.Padding, c.Dilation), c.Groups, c.Init, c.NoBias, c.BiasInit, false, nil}
	k.check(b, x, 4)
	in := x.Shape()[1]
	fan := initializer.Fan{In: in / k.groups * k.area(), Out: c.Channels / k.groups * k.area()}
	w, bias := k.parameters(b, fan, tensor.Shape{in, c.Channels / k.groups, c.Kernel, c.Kernel})
	return b.Check(op.ConvTranspose2D(x, w, bias, k.window, [2]int{c.OutputPadding, c.OutputPadding}, k.groups))
}

// String shows the layer as in a summary.
func (c ConvTranspose2D) String() string { return fmt.Sprintf("ConvTranspose2D(%d)", c.Channels) }

func square(size, stride, padding, dilation int) op.Window {
	return op.Window{
		Size: [2]int{size, size}, Stride: [2]int{stride, stride}, Padding: [2]int{padding, padding}, Dilation: [2]int{dilation, dilation},
	}
}

// A convolution is what the layers of this file have in common.
type convolution struct {
	channels    int
	window      op.Window
	groups      int
	init        initializer.Initializer
	noBias      bool
	biasInit    initializer.Initializer
	standardize bool
	gainInit    initializer.Initializer
}

// check fails unless the configuration suits x, and fills in the groups.
func (c *convolution) check(b *Builder, x *gorgonia.Node, dims int) {
	if c.groups == 0 {
		c.groups = 1
	}
	switch want := map[int]string{3: "(batch, channels, length)", 4: "(batch, channels, height, width)"}[dims]; {
	case x.Dims() != dims:
		b.Failf("got input of shape %v, want %s", x.Shape(), want)
	case c.channels <= 0:
		b.Failf("got Channels %d, want a positive number", c.channels)
	case c.window.Size[0] <= 0 || c.window.Size[1] <= 0:
		b.Failf("got a window of %v, want positive numbers (set Kernel)", c.window.Size)
	case c.groups < 0 || x.Shape()[1]%c.groups != 0 || c.channels%c.groups != 0:
		b.Failf("got Groups %d for %d and %d channels, want a divisor of both", c.groups, x.Shape()[1], c.channels)
	}
	if dims == 3 {
		c.window.Size[0] = 1
	}
}

// area is the number of elements of the window.
func (c *convolution) area() int { return c.window.Size[0] * c.window.Size[1] }

func (c convolution) draw(b *Builder, x *gorgonia.Node, dims int, f func(x, w, bias *gorgonia.Node, window op.Window, groups int) (*gorgonia.Node, error)) *gorgonia.Node {
	c.check(b, x, dims)
	in := x.Shape()[1] / c.groups
	fan := initializer.Fan{In: in * c.area(), Out: c.channels / c.groups * c.area()}
	shape := tensor.Shape{c.channels, in, c.window.Size[0], c.window.Size[1]}
	if dims == 3 {
		shape = append(shape[:2], c.window.Size[1])
	}
	w, bias := c.parameters(b, fan, shape)
	return b.Check(f(x, w, bias, c.window, c.groups))
}

// parameters declares the weight and the bias.
func (c convolution) parameters(b *Builder, fan initializer.Fan, shape tensor.Shape) (w, bias *gorgonia.Node) {
	w = b.Param(Param{Name: "weight", Role: Weight, Fan: fan, Init: orInit(c.init, initializer.XavierUniform{})}, shape...)
	if c.standardize {
		w = standardized(b, w, c.gainInit)
	}
	if !c.noBias {
		bias = b.Param(Param{Name: "bias", Role: Bias, Fan: fan, Init: orInit(c.biasInit, initializer.Constant{})}, c.channels)
	}
	return w, bias
}

// weightEps is added to the variances of weights, as in PyTorch's models without normalisation.
const weightEps = 1e-6

// standardized gives the n weights w of each output, along axis 0, the mean 0 and the variance gain²/n. It normalises them as an
// image with a channel for each output.
func standardized(b *Builder, w *gorgonia.Node, gainInit initializer.Initializer) *gorgonia.Node {
	shape := w.Shape().Clone()
	outputs, n := shape[0], shape.TotalSize()/shape[0]
	gain := b.Param(Param{Name: "gain", Role: Gain, Init: orInit(gainInit, initializer.Constant{Value: 1})}, outputs)
	image := b.Check(gorgonia.Reshape(w, tensor.Shape{1, outputs, n}))
	axis := op.OverGroups(outputs)
	mean := b.Check(op.Mean(image, axis))
	rstd := b.Check(op.RStd(image, mean, axis, weightEps))
	scale := b.Check(op.Scale(gain, 1/math.Sqrt(float64(n))))
	return b.Check(gorgonia.Reshape(b.Check(op.Normalize(image, mean, rstd, scale, b.constant(0, outputs), axis, false)), shape))
}

var (
	_ Layer = Conv2D{}
	_ Layer = Conv1D{}
	_ Layer = ConvTranspose2D{}
)
