package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/kernel/conv"
)

// A Window tells how a window moves over images. Each field holds a number for the height and one for the width.
type Window struct {
	Size     [2]int // elements of the window; convolutions take it from the weight
	Stride   [2]int // from one window to the next; 0 means 1
	Padding  [2]int // zeros around the image, on each side
	Dilation [2]int // from one element of the window to the next; 0 means 1
}

// filled replaces zeros by the defaults.
func (w Window) filled() Window {
	for side := range 2 {
		if w.Stride[side] == 0 {
			w.Stride[side] = 1
		}
		if w.Dilation[side] == 0 {
			w.Dilation[side] = 1
		}
	}
	return w
}

// Conv2D is the convolution of images x (batch, in, height, width) with the weight w (out, in/groups, height, width), plus a bias
// (out) unless that is nil. As in all libraries it is a cross-correlation:
//
//	z[n, o, i, j] = b[o] + Σ w[o, c, k, l]·x[n, c, i·stride + k·dilation - padding, j·stride + l·dilation - padding]
//
// over the channels c of the group of o and the elements (k, l) of the window; x is zero outside of the images. The result is
// (batch, out, height', width') with height' = (height + 2·padding - dilation·(window-1) - 1)/stride + 1, rounded down.
//
// Its gradient: dx is the transposed convolution of dz with w, dw a convolution of x with dz, and db the sum of dz over all but the
// channels.
func Conv2D(x, w, bias *gorgonia.Node, window Window, groups int) (*gorgonia.Node, error) {
	return newConvolution(4, w, window, groups).draw(x, w, bias)
}

// Conv1D is [Conv2D] of sequences x (batch, in, length) with the weight w (out, in/groups, size). Of the window it reads the
// numbers for the width.
func Conv1D(x, w, bias *gorgonia.Node, window Window, groups int) (*gorgonia.Node, error) {
	window.Stride[0], window.Padding[0], window.Dilation[0] = 1, 0, 1
	return newConvolution(3, w, window, groups).draw(x, w, bias)
}

// A convolution holds the attributes of a convolution, and of its gradients.
type convolution struct {
	dims   int // of images: 4, or 3 if they are sequences, which count as images of height 1
	window Window
	groups int
}

func newConvolution(dims int, w *gorgonia.Node, window Window, groups int) convolution {
	c := convolution{dims: dims, window: window.filled(), groups: groups}
	if w != nil && len(w.Shape()) == dims { // else apply returns an error
		s := c.lift(w.Shape())
		c.window.Size = [2]int{s[2], s[3]}
	}
	return c
}

func (c convolution) String() string {
	return fmt.Sprintf("%dd(stride=%v, padding=%v, dilation=%v, groups=%d)",
		c.dims-2, c.window.Stride, c.window.Padding, c.window.Dilation, c.groups)
}

// lift is a shape with an axis for the height.
func (c convolution) lift(s tensor.Shape) [4]int {
	if c.dims == 3 {
		return [4]int{s[0], s[1], 1, s[2]}
	}
	return [4]int(s)
}

// lower is the shape of images that lift has made.
func (c convolution) lower(s [4]int) tensor.Shape {
	if c.dims == 3 {
		return tensor.Shape{s[0], s[1], s[3]}
	}
	return tensor.Shape(s[:])
}

func (c convolution) geometry(x, w tensor.Shape) (conv.Geometry, error) {
	g, err := conv.New(c.lift(x), c.lift(w), conv.Window(c.window), c.groups)
	switch {
	case err != nil && c.dims == 3:
		return g, errors.Wrapf(err, "x %v, weight %v, sequences as images of height 1", x, w)
	case err != nil:
		return g, errors.Wrapf(err, "x %v, weight %v", x, w)
	}
	return g, nil
}

// types are those of images, a weight, perhaps a bias, and images.
func (c convolution) types(bias bool) []hm.Type {
	if !bias {
		return repeat(c.dims, 2)
	}
	return []hm.Type{tensorOf(c.dims), tensorOf(c.dims), tensorOf(1), tensorOf(c.dims)}
}

// withBias is the inputs x and w, and bias if that is not nil.
func withBias(x, w, bias *gorgonia.Node) gorgonia.Nodes {
	if bias == nil {
		return gorgonia.Nodes{x, w}
	}
	return gorgonia.Nodes{x, w, bias}
}

// checkBias checks the shape of the input after x and w, if there is one.
func checkBias(in []tensor.Shape, channels int) error {
	if len(in) > 2 && in[2][0] != channels {
		return errors.Errorf("bias: got %d elements, want %d, one for each channel of the output", in[2][0], channels)
	}
	return nil
}

func (c convolution) draw(x, w, bias *gorgonia.Node) (*gorgonia.Node, error) {
	return c.op(bias != nil).apply(withBias(x, w, bias)...)
}

// op is the convolution, with or without a bias.
func (c convolution) op(bias bool) *Op {
	return &Op{
		name:  "conv" + c.String(),
		spec:  Spec{Kind: KindConv, Window: c.window, Groups: c.groups},
		types: c.types(bias),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			g, err := c.geometry(in[0], in[1])
			if err == nil {
				err = checkBias(in, g.Out)
			}
			return c.lower(g.OutputShape()), err
		},
		kernel:  kernels{convolve[float32](c, nil), convolve[float64](c, nil)},
		blocked: c.blockedForward,
		finally: func(f finish) kernels { return kernels{convolve(c, f.f32), convolve(c, f.f64)} },
		work: func(in []tensor.Shape) int {
			g, _ := c.geometry(in[0], in[1])
			return g.Work()
		},
		grad: func(in gorgonia.Nodes, _, dz *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := c.transposed(dz, in[1], nil, c.rest(in[0].Shape()))
			if err != nil {
				return nil, err
			}
			return c.parameterGrads(in, dz, dx, in[0], dz)
		},
	}
}

// convolve computes the convolution, and applies finish to it unless finish is nil.
func convolve[T Float](of convolution, finish func(flushed *kernel.Flushed, dst, x []T)) func(*call[T]) error {
	return func(c *call[T]) error {
		g, err := of.geometry(c.shapes[0], c.shapes[1])
		if err != nil {
			return err
		}
		conv.Forward(c.flushed, g, c.out, c.in[0], c.in[1], c.bias())
		if finish != nil {
			finish(c.flushed, c.out, c.out)
		}
		return nil
	}
}

// bias is the input after x and w, or nil.
func (c *call[T]) bias() []T {
	if len(c.in) > 2 {
		return c.in[2]
	}
	return nil
}

// parameterGrads lists dx and the gradients of the weight and of the bias of a convolution, or a transposed one, at inputs in with
// the gradient dy of the result. The weight's is that of the convolution that takes x to z, given dz.
func (c convolution) parameterGrads(in gorgonia.Nodes, dy, dx, x, dz *gorgonia.Node) (gorgonia.Nodes, error) {
	dw, err := c.weightGrad(x, dz)
	if err != nil || len(in) == 2 {
		return gorgonia.Nodes{dx, dw}, err
	}
	db, err := sumChannels(dy)
	return gorgonia.Nodes{dx, dw, db}, err
}

// sumChannels adds all elements of each channel.
func sumChannels(x *gorgonia.Node) (*gorgonia.Node, error) {
	along := []int{0}
	for axis := 2; axis < dimsOf(x); axis++ {
		along = append(along, axis)
	}
	return ReduceSum(x, along, false)
}

// weightGrad draws the gradient of the weight of the convolution that takes x to z.
func (c convolution) weightGrad(x, dz *gorgonia.Node) (*gorgonia.Node, error) {
	return c.weightGradOp().apply(x, dz)
}

func (c convolution) weightGradOp() *Op {
	weight := func(in []tensor.Shape) tensor.Shape {
		return c.lower([4]int{in[1][1], in[0][1] / c.groups, c.window.Size[0], c.window.Size[1]})
	}
	return &Op{
		name:  fmt.Sprintf("conv_weight_backward%v of %v", c.window.Size, c),
		spec:  Spec{Kind: KindGradient, Name: KindConv.String(), Window: c.window, Groups: c.groups},
		types: repeat(c.dims, 2),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			g, err := c.geometry(in[0], weight(in))
			if want := c.lower(g.OutputShape()); err == nil && !want.Eq(in[1]) {
				err = errors.Errorf("gradient of the result: got shape %v, want %v for x %v", in[1], want, in[0])
			}
			return weight(in), err
		},
		kernel:  kernels{convolveWeightGrad[float32](c), convolveWeightGrad[float64](c)},
		blocked: c.blockedWeightGrad,
		work: func(in []tensor.Shape) int {
			g, _ := c.geometry(in[0], weight(in))
			return g.Work()
		},
	}
}

func convolveWeightGrad[T Float](of convolution) func(*call[T]) error {
	return func(c *call[T]) error {
		g, err := of.geometry(c.shapes[0], c.shape)
		if err != nil {
			return err
		}
		conv.WeightGradient(c.flushed, g, c.out, c.in[0], c.in[1])
		return nil
	}
}
