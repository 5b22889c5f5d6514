package op

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/blocked"
)

// inBlocks plans the pooling of images of a shape. It is nil if there is none: for parts of images, and for windows of one size.
func (p pooling) inBlocks(x tensor.Shape) *blocked.Pool[float32] {
	if p.window == (Window{}) || len(x) != 4 {
		return nil
	}
	w := blocked.Window{Size: p.window.Size, Stride: p.window.Stride, Dilation: p.window.Dilation, Before: p.window.Padding, After: p.window.Padding}
	plan, err := blocked.NewPool[float32](imageShape(x), w)
	if err != nil {
		return nil
	}
	return plan
}

// blockedMax is the form of the maximum.
func (p pooling) blockedMax(o *Op, in []tensor.Shape) *Blocked {
	return p.blockedForm(o, in[0], func(b *blocked.Pool[float32]) func(*call[float32]) error {
		return func(c *call[float32]) error {
			b.Max(c.out, c.in[0])
			return nil
		}
	})
}

// blockedAverage is the form of a mean.
func (p pooling) blockedAverage(o *Op, in []tensor.Shape) *Blocked {
	if p.isGlobal() {
		return blockedGlobalAverage(o, in[0])
	}
	return p.blockedForm(o, in[0], func(b *blocked.Pool[float32]) func(*call[float32]) error {
		return func(c *call[float32]) error {
			b.Average(c.out, c.in[0], p.countPadding)
			return nil
		}
	})
}

// blockedForm is the form of a pooling of x.
func (p pooling) blockedForm(o *Op, x tensor.Shape, kernel func(*blocked.Pool[float32]) func(*call[float32]) error) *Blocked {
	b := p.inBlocks(x)
	if b == nil {
		return nil
	}
	return giveImages(b.Out(), inBlocks(o.name, kernel(b), blocksOf(b.Out()), blocksOf(b.In())).over(images(0)))
}

// blockedMaxGradient is the form of the gradient of the maximum, of x and dy.
func (p pooling) blockedMaxGradient(o *Op, in []tensor.Shape) *Blocked {
	b := p.inBlocks(in[0])
	if b == nil {
		return nil
	}
	return giveImages(b.In(), inBlocks(o.name, func(c *call[float32]) error {
		b.MaxGradient(c.out, c.in[0], c.in[1])
		return nil
	}, blocksOf(b.In()), blocksOf(b.In()), blocksOf(b.Out())).over(images(0), images(1)))
}

// blockedAverageGradient is the form of the gradient of the mean of images of shape x.
func (p pooling) blockedAverageGradient(x tensor.Shape) blocking {
	if p.isGlobal() {
		return blockedGlobalAverageGradient(x)
	}
	return func(o *Op, _ []tensor.Shape) *Blocked {
		b := p.inBlocks(x)
		if b == nil {
			return nil
		}
		return giveImages(b.In(), inBlocks(o.name, func(c *call[float32]) error {
			b.AverageGradient(c.out, c.in[0], p.countPadding)
			return nil
		}, blocksOf(b.In()), blocksOf(b.Out())).over(images(0)))
	}
}

// blockedGlobalAverage is the form of the mean of all pixels, which gives a matrix (batch, channels).
func blockedGlobalAverage(o *Op, x tensor.Shape) *Blocked {
	if len(x) != 4 {
		return nil
	}
	s := imageShape(x)
	width := s.Blocks() * blocked.Block
	return &Blocked{Term: inBlocks(o.name, func(c *call[float32]) error {
		if s.C == width {
			blocked.GlobalAverage(c.flushed, c.out, c.in[0], s)
			return nil
		}
		y := paddedRows(c, s.N*width)
		blocked.GlobalAverage(c.flushed, y, c.in[0], s)
		for i := range s.N {
			copy(row(c.out, i, s.C), row(y, i, width))
		}
		return nil
	}, tensor.Shape{s.N, s.C}, blocksOf(s)).over(images(0))}
}

// blockedGlobalAverageGradient is the form of its gradient, which takes a matrix.
func blockedGlobalAverageGradient(x tensor.Shape) blocking {
	if len(x) != 4 {
		return nil
	}
	s := imageShape(x)
	width := s.Blocks() * blocked.Block
	return func(o *Op, _ []tensor.Shape) *Blocked {
		return giveImages(s, inBlocks(o.name, func(c *call[float32]) error {
			dy := c.in[0]
			if s.C != width {
				dy = paddedRows(c, s.N*width)
				for i := range s.N {
					copy(row(dy, i, width), row(c.in[0], i, s.C))
				}
			}
			blocked.GlobalAverageGradient(c.out, dy, s)
			return nil
		}, blocksOf(s), tensor.Shape{s.N, s.C}).over(plain(0)))
	}
}

// paddedRows is memory for n numbers that is kept from run to run, of zeros at first.
func paddedRows(c *call[float32], n int) []float32 {
	memory := kept[[]float32](c)
	if *memory == nil {
		*memory = make([]float32, n)
	}
	return *memory
}

// blockedPad is the form of [PadChannels]: the blocks of x become the first ones of the result.
func blockedPad(channels, stride int) blocking {
	return func(o *Op, in []tensor.Shape) *Blocked {
		x := imageShape(in[0])
		y := padded(x, channels, stride)
		return giveImages(y, inBlocks(o.name, func(c *call[float32]) error {
			blocked.Pad(c.out, c.in[0], x, y, stride)
			return nil
		}, blocksOf(y), blocksOf(x)).over(images(0)))
	}
}

// blockedPadGradient is the form of its gradient, images of shape x.
func blockedPadGradient(shape tensor.Shape, stride int) blocking {
	return func(o *Op, in []tensor.Shape) *Blocked {
		x, y := imageShape(shape), imageShape(in[0])
		return giveImages(x, inBlocks(o.name, func(c *call[float32]) error {
			blocked.PadGradient(c.out, c.in[0], x, y, stride)
			return nil
		}, blocksOf(x), blocksOf(y)).over(images(0)))
	}
}

// padded is the shape of every stride-th pixel of images, with the given number of channels.
func padded(x blocked.Shape, channels, stride int) blocked.Shape {
	return blocked.Shape{N: x.N, C: channels, H: (x.H-1)/stride + 1, W: (x.W-1)/stride + 1}
}
