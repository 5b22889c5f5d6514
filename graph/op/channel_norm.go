package op

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/planes"
)

// OverGroups is the axis of group normalisation of images (batch, channels, ...): over the pixels of each of so many groups of
// channels, one statistic for each group of each image (Wu & He 2018). With as many groups as channels it is instance
// normalisation (Ulyanov et al. 2016); one group makes a layer of all channels.
func OverGroups(groups int) Axis {
	if groups < 1 {
		return -1 // unknown, which is an error where it is used
	}
	return OverImages + Axis(groups)
}

// Groups is the number of groups of channels; 0 for other axes.
func (a Axis) Groups() int { return max(0, int(a-OverImages)) }

// ofImages reports whether the features are channels, along axis 1.
func (a Axis) ofImages() bool { return a >= OverImages }

// layout tells which channels of x have a statistic in common.
func (a Axis) layout(x tensor.Shape) (l planes.Layout, err error) {
	if len(x) < 3 {
		return l, errors.Errorf("got shape %v, want (batch, channels, ...)", x)
	}
	l = planes.Layout{Batch: x[0], Channels: x[1], Pixels: x[2:].TotalSize(), Groups: a.Groups()}
	if l.Groups > 0 && l.Channels%l.Groups != 0 {
		return l, errors.Errorf("got %d groups for %d channels, want a divisor", l.Groups, l.Channels)
	}
	return l, nil
}

// channelNorm gives the normalisation of images of this shape, which is kept from run to run.
func channelNorm[T Float](c *call[T], axis Axis, x tensor.Shape) *planes.Norm[T] {
	n := kept[planes.Norm[T]](c)
	n.Layout, _ = axis.layout(x) // the rule of shapes has checked it
	return n
}

// channelNormBackward is the gradient of x. Over groups it has no dgain and dshift.
func channelNormBackward[T Float](axis Axis, frozen bool) func(*call[T]) error {
	return func(c *call[T]) error {
		n := channelNorm(c, axis, c.shape)
		switch {
		case frozen:
			n.FrozenBackward(c.out, c.in[0], c.in[1], c.in[2])
		case axis == OverImages:
			n.Backward(c.out, c.in[0], c.in[1], c.in[2], c.in[3], c.in[4], c.in[5], c.in[6])
		default:
			n.Backward(c.out, c.in[0], c.in[1], c.in[2], c.in[3], c.in[4], nil, nil)
		}
		return nil
	}
}
