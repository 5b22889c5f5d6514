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

// inBlocks plans the convolution of a geometry. It is nil if there is none, because the images are sequences, or because its groups neither
// fill blocks nor divide them. With first it may read images as they are at the interface.
func (c convolution) inBlocks(g conv.Geometry, first bool) *blockedConv {
	if c.dims != 4 {
		return nil
	}
	b := &blockedConv{
		first: first && g.In <= fewChannels && g.Groups == 1, work: g.Work(),
		x: tensor.Shape{g.Batch, g.In, g.Image[0], g.Image[1]}, w: tensor.Shape{g.Out, g.In / g.Groups, g.Size[0], g.Size[1]},
	}
	b.name = fmt.Sprintf("of %v, x=%v, w=%v, first=%v", c, b.x, b.w, b.first)
	w := blocked.Window{Size: c.window.Size, Stride: c.window.Stride, Dilation: c.window.Dilation, Before: c.window.Padding, After: c.window.Padding}
	var err error
	if b.first {
		b.Conv, err = blocked.NewFirst[float32](imageShape(b.x), g.Out, w)
	} else {
		b.Conv, err = blocked.NewGrouped[float32](imageShape(b.x), g.Out, g.Groups, w)
	}
	if err != nil {
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
	o := fixed("pack_weights "+b.name, func(c *call[float32]) error {
		b.PackWeights(c.out, c.in[0])
		return nil
	}, b.inputs[1], b.w)
	o.fixed.part = partWeights
	return o.over(plain(i))
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
	p := convPass{blockedConv: b, kind: forwardPass, label: o.name, inputs: b.inputs[:2:2], source: 1, weights: 2, result: blocksOf(b.Out())}
	args := []Term{b.source(0), b.packed(1)}
	if len(in) > 2 {
		p.inputs, p.bias, args = append(p.inputs, in[2]), 3, append(args, plain(2))
	}
	f := giveImages(b.Out(), p.op().over(args...))
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
		p := convPass{blockedConv: b, kind: inputGradientPass, label: o.name, inputs: []tensor.Shape{blocksOf(b.Out()), b.inputs[1]},
			source: 1, weights: 2, result: blocksOf(b.In())}
		f := giveImages(b.In(), p.op().over(images(0), b.transposed(1)))
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
	p := convPass{blockedConv: b, kind: weightGradientPass, label: o.name, inputs: []tensor.Shape{b.inputs[0], blocksOf(b.Out())},
		source: 1, dy: 2, result: b.inputs[1]}
	unpack := fixed("unpack_weights "+b.name, func(c *call[float32]) error {
		b.UnpackWeights(c.out, c.in[0])
		return nil
	}, b.w, b.inputs[1])
	return &Blocked{Term: unpack.over(p.op().over(b.source(0), images(1))), Starts: true}
}
