package op

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/kernel/conv"
)

// ConvTranspose2D is the transposed convolution of images x (batch, in, height, width) with the weight w (in, out/groups, height,
// width), plus a bias (out) unless that is nil: the gradient of a [Conv2D] by its input. The result is (batch, out, height',
// width') with height' = (height-1)·stride - 2·padding + dilation·(window-1) + 1 + extra. A convolution with a stride makes images of
// several sizes equally small; extra, which is below the stride, chooses among them. PyTorch calls it output_padding.
//
// Its gradient: dx is the convolution of dz with w, dw a convolution of dz with x, and db the sum of dz over all but the channels.
func ConvTranspose2D(x, w, bias *gorgonia.Node, window Window, extra [2]int, groups int) (*gorgonia.Node, error) {
	return newConvolution(4, w, window, groups).transposed(x, w, bias, extra)
}

// rest is what a convolution does not use of images: see extra of [ConvTranspose2D].
func (c convolution) rest(x tensor.Shape) (extra [2]int) {
	s := c.lift(x)
	for side := range extra {
		extra[side] = (s[2+side] + 2*c.window.Padding[side] - c.window.Dilation[side]*(c.window.Size[side]-1) - 1) % c.window.Stride[side]
	}
	return extra
}

// transposedGeometry is that of the convolution that takes the result back to x.
func (c convolution) transposedGeometry(in []tensor.Shape, extra [2]int) (g conv.Geometry, err error) {
	if err := conv.Window(c.window).Validate(); err != nil {
		return g, err
	}
	x, w := c.lift(in[0]), c.lift(in[1])
	result := [4]int{x[0], w[1] * c.groups}
	for side := range 2 {
		stride := c.window.Stride[side]
		if extra[side] < 0 || extra[side] >= stride {
			return g, errors.Errorf("got an output padding of %d, want 0 to %d, below the stride", extra[side], stride-1)
		}
		result[2+side] = (x[2+side]-1)*stride - 2*c.window.Padding[side] + c.window.Dilation[side]*(c.window.Size[side]-1) + 1 + extra[side]
	}
	if g, err = conv.New(result, w, conv.Window(c.window), c.groups); err == nil && x[1] != g.Out {
		err = errors.Errorf("weight: got shape %v, want %d in axis 0, the channels of x %v", in[1], x[1], in[0])
	}
	return g, err
}

func (c convolution) transposed(x, w, bias *gorgonia.Node, extra [2]int) (*gorgonia.Node, error) {
	return c.transposedOp(bias != nil, extra).apply(withBias(x, w, bias)...)
}

// transposedOp is the transposed convolution, with or without a bias.
func (c convolution) transposedOp(bias bool, extra [2]int) *Op {
	return &Op{
		name:  fmt.Sprintf("conv_transposed%s, output_padding=%v)", strings.TrimSuffix(c.String(), ")"), extra),
		spec:  Spec{Kind: KindConvTransposed, Window: c.window, Groups: c.groups, Extra: extra},
		types: c.types(bias),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			g, err := c.transposedGeometry(in, extra)
			if err == nil {
				err = checkBias(in, g.In)
			}
			return c.lower([4]int{g.Batch, g.In, g.Image[0], g.Image[1]}), err
		},
		kernel:  kernels{convolveTransposed[float32](c, extra, nil), convolveTransposed[float64](c, extra, nil)},
		blocked: c.blockedTransposed(extra),
		finally: func(f finish) kernels {
			return kernels{convolveTransposed(c, extra, f.f32), convolveTransposed(c, extra, f.f64)}
		},
		work: func(in []tensor.Shape) int {
			g, _ := c.transposedGeometry(in, extra)
			return g.Work()
		},
		grad: func(in gorgonia.Nodes, _, dz *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := c.draw(dz, in[1], nil)
			if err != nil {
				return nil, err
			}
			return c.parameterGrads(in, dz, dx, dz, in[0])
		},
	}
}

func convolveTransposed[T Float](of convolution, extra [2]int, finish func(flushed *kernel.Flushed, dst, x []T)) func(*call[T]) error {
	return func(c *call[T]) error {
		g, err := of.transposedGeometry(c.shapes, extra)
		if err != nil {
			return err
		}
		conv.InputGradient(c.flushed, g, c.out, c.in[0], c.in[1], c.bias())
		if finish != nil {
			finish(c.flushed, c.out, c.out)
		}
		return nil
	}
}
