package op

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/planes"
)

// PadChannels takes every stride-th pixel of images x (batch, channels, height, width) in both directions, from the first one on, and
// adds channels of zeros after theirs, up to the given number: the shortcut "option A" of residual networks (He et al. 2015, sec.
// 3.3). Its gradient: dy where it comes from, and 0 elsewhere.
func PadChannels(x *gorgonia.Node, channels, stride int) (*gorgonia.Node, error) {
	if stride < 1 {
		return nil, errors.Errorf("pad_channels: got stride %d, want at least 1", stride)
	}
	o := &Op{
		name:    fmt.Sprintf("pad_channels(channels=%d, stride=%d)", channels, stride),
		spec:    Spec{Kind: KindPad, Step: stride},
		types:   repeat(4, 1),
		kernel:  kernels{padChannels[float32](stride), padChannels[float64](stride)},
		blocked: blockedPad(channels, stride),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			if x := in[0]; x[1] > channels {
				return nil, errors.Errorf("got %d channels for x %v, want at least %d", channels, x, x[1])
			}
			return tensor.Shape{in[0][0], channels, (in[0][2]-1)/stride + 1, (in[0][3]-1)/stride + 1}, nil
		},
		grad: func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			shape := in[0].Shape().Clone()
			o := &Op{
				name:    fmt.Sprintf("pad_channels_backward(stride=%d, shape=%v)", stride, shape),
				spec:    Spec{Kind: KindGradient},
				types:   repeat(4, 1),
				shape:   become(y.Shape().Clone(), shape),
				kernel:  kernels{padChannelsBackward[float32](stride), padChannelsBackward[float64](stride)},
				blocked: blockedPadGradient(shape, stride),
			}
			dx, err := o.apply(dy)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

func newPad(x, y tensor.Shape, stride int) planes.Pad {
	return planes.Pad{Batch: x[0], In: x[1], Out: y[1], Image: [2]int{x[2], x[3]}, Result: [2]int{y[2], y[3]}, Stride: stride}
}

func padChannels[T Float](stride int) func(*call[T]) error {
	return func(c *call[T]) error {
		planes.PadForward(newPad(c.shapes[0], c.shape, stride), c.out, c.in[0])
		return nil
	}
}

func padChannelsBackward[T Float](stride int) func(*call[T]) error {
	return func(c *call[T]) error {
		planes.PadBackward(newPad(c.shape, c.shapes[0], stride), c.out, c.in[0])
		return nil
	}
}
