package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// MaxPool2D is the largest element of each window of images x (batch, channels, height, width): see [op.MaxPool2D].
type MaxPool2D struct {
	Kernel   int // height and width of the window; must be positive
	Stride   int // from one window to the next; 0 means Kernel
	Padding  int // on each side of an image, up to half of the window
	Dilation int // from one element of the window to the next; 0 means 1
}

// Apply draws the maximum.
func (p MaxPool2D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("maxpool")
	return b.Check(op.MaxPool2D(checkImages(b, x), square(p.Kernel, p.Stride, p.Padding, p.Dilation)))
}

// AvgPool2D is the mean of each window of images x (batch, channels, height, width): see [op.AvgPool2D].
type AvgPool2D struct {
	Kernel  int // height and width of the window; must be positive
	Stride  int // from one window to the next; 0 means Kernel
	Padding int // zeros on each side of an image, up to half of the window
	// ExcludePadding divides by the number of elements that lie in the image. By default the zeros count, as in PyTorch.
	ExcludePadding bool
}

// Apply draws the mean.
func (p AvgPool2D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("avgpool")
	return b.Check(op.AvgPool2D(checkImages(b, x), square(p.Kernel, p.Stride, p.Padding, 1), !p.ExcludePadding))
}

// AdaptiveAvgPool2D is the mean of Height by Width parts of images x (batch, channels, height, width): see [op.AdaptiveAvgPool2D].
type AdaptiveAvgPool2D struct{ Height, Width int }

// Apply draws the mean.
func (p AdaptiveAvgPool2D) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("avgpool")
	return b.Check(op.AdaptiveAvgPool2D(checkImages(b, x), [2]int{p.Height, p.Width}))
}

// GlobalAvgPool is the mean of each channel of x (batch, channels, ...): (batch, channels).
type GlobalAvgPool struct{}

// Apply draws the mean.
func (GlobalAvgPool) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("avgpool")
	if x.Dims() < 3 {
		return b.Failf("got input of shape %v, want (batch, channels, ...)", x.Shape())
	}
	return b.Check(op.GlobalAvgPool(x))
}

// PadChannels takes every Stride-th pixel of images x (batch, channels, height, width) and adds channels of zeros, up to Channels: the
// shortcut without parameters of He et al. 2015, "option A". See [op.PadChannels].
type PadChannels struct {
	Channels int // of the result
	Stride   int // 0 means 1
}

// Apply draws the shortcut.
func (p PadChannels) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("pad")
	if p.Stride == 0 {
		p.Stride = 1
	}
	return b.Check(op.PadChannels(checkImages(b, x), p.Channels, p.Stride))
}

// checkImages fails unless x are images.
func checkImages(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if x.Dims() != 4 {
		return b.Failf("got input of shape %v, want (batch, channels, height, width)", x.Shape())
	}
	return x
}

var (
	_ Layer = MaxPool2D{}
	_ Layer = AvgPool2D{}
	_ Layer = AdaptiveAvgPool2D{}
	_ Layer = GlobalAvgPool{}
	_ Layer = PadChannels{}
)
