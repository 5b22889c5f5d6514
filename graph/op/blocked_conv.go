package op

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/blocked"
	"github.com/gradflow/gradflow/internal/kernel/conv"
)

// fewChannels is the largest number of channels of images that are read in the layout of the interface: in blocks, most channels
// would be padding.
const fewChannels = 4

// A blockedConv is a convolution of images in blocks of one shape, with its gradients.
type blockedConv struct {
	*blocked.Conv[float32]
	name   string
	first  bool // whether it reads images as they are at the interface
	x, w   tensor.Shape
	work   int
	inputs [2]tensor.Shape // of x and of the packed weights
}

// inBlocks plans the convolution of a geometry. It is nil if there is none, because it has groups, or because the images are sequences.
// With first it may read images as they are at the interface.
func (c convolution) inBlocks(g conv.Geometry, first bool) *blockedConv {
	if c.dims != 4 || g.Groups != 1 {
		return nil
	}
	b := &blockedConv{
		first: first && g.In <= fewChannels, work: g.Work(),
		x: tensor.Shape{g.Batch, g.In, g.Image[0], g.Image[1]}, w: tensor.Shape{g.Out, g.In, g.Size[0], g.Size[1]},
	}
	b.name = fmt.Sprintf("of %v, x=%v, w=%v, first=%v", c, b.x, b.w, b.first)
	w := blocked.Window{Size: c.window.Size, Stride: c.window.Stride, Dilation: c.window.Dilation, Before: c.window.Padding, After: c.window.Padding}
	plan := blocked.NewConv[float32]
	if b.first {
		plan = blocked.NewFirst[float32]
	}
	var err error
	if b.Conv, err = plan(imageShape(b.x), g.Out, w); err != nil {
		return nil
	}
	b.inputs = [2]tensor.Shape{blocksOf(b.In()), {b.PackedLen()}}
	if b.first {
		b.inputs[0] = b.x
	}
	return b
}

// source is the images that the convolution reads, of an input.
func (b *blockedConv) source(i int) Term { return Term{Input: i, Images: !b.first} }

// packed is the packed weights, of an input.
func (b *blockedConv) packed(i int) Term {
	return fixed("pack_weights "+b.name, func(c *call[float32]) error {
		b.PackWeights(c.out, c.in[0])
		return nil
	}, b.inputs[1], b.w).over(plain(i))
}

// transposed is the packed and transposed weights, of an input.
func (b *blockedConv) transposed(i int) Term {
	return fixed("transpose_weights "+b.name, func(c *call[float32]) error {
		b.PackTransposed(c.out, c.in[0])
		return nil
	}, b.inputs[1], b.inputs[1]).over(b.packed(i))
}

// blockedForward is the form of the convolution.
func (c convolution) blockedForward(o *Op, in []tensor.Shape) *Blocked {
	g, err := c.geometry(in[0], in[1])
	if err != nil {
		return nil
	}
	b := c.inBlocks(g, true)
	if b == nil {
		return nil
	}
	shapes, args := b.inputs[:2:2], []Term{b.source(0), b.packed(1)}
	if len(in) > 2 {
		shapes, args = append(shapes, in[2]), append(args, plain(2))
	}
	form := fixed(o.name+" in blocks", func(c *call[float32]) error {
		var e blocked.Epilogue[float32]
		if bias := c.bias(); bias != nil {
			e.Bias = kept[vectors](c).pad(0, bias, b.Out())
		}
		b.Forward(c.flushed, c.out, blocked.Input[float32]{X: c.in[0]}, c.in[1], e)
		return nil
	}, blocksOf(b.Out()), shapes...)
	form.work = func([]tensor.Shape) int { return b.work }
	f := giveImages(b.Out(), form.over(args...))
	f.Starts = true
	return f
}

// blockedTransposed is the form of the transposed convolution: the gradient of the input.
func (c convolution) blockedTransposed(extra [2]int) blocking {
	return func(o *Op, in []tensor.Shape) *Blocked {
		g, err := c.transposedGeometry(in, extra)
		if err != nil || len(in) > 2 {
			return nil
		}
		b := c.inBlocks(g, false)
		if b == nil {
			return nil
		}
		form := fixed(o.name+" in blocks", func(c *call[float32]) error {
			b.InputGradient(c.flushed, c.out, c.in[0], c.in[1], blocked.Epilogue[float32]{})
			return nil
		}, blocksOf(b.In()), blocksOf(b.Out()), b.inputs[1])
		form.work = func([]tensor.Shape) int { return b.work }
		f := giveImages(b.In(), form.over(images(0), b.transposed(1)))
		f.Starts = true
		return f
	}
}

// blockedWeightGrad is the form of the gradient of the weight, which is unpacked.
func (c convolution) blockedWeightGrad(o *Op, in []tensor.Shape) *Blocked {
	shape, err := o.shape(in)
	if err != nil {
		return nil
	}
	g, _ := c.geometry(in[0], shape)
	b := c.inBlocks(g, true)
	if b == nil {
		return nil
	}
	form := fixed(o.name+" in blocks", func(c *call[float32]) error {
		b.WeightGradient(c.flushed, c.out, blocked.Input[float32]{X: c.in[0]}, c.in[1])
		return nil
	}, b.inputs[1], b.inputs[0], blocksOf(b.Out()))
	form.work = func([]tensor.Shape) int { return b.work }
	unpack := fixed("unpack_weights "+b.name, func(c *call[float32]) error {
		b.UnpackWeights(c.out, c.in[0])
		return nil
	}, b.w, b.inputs[1])
	return &Blocked{Term: unpack.over(form.over(b.source(0), images(1))), Starts: true}
}
