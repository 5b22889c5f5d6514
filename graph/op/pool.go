package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/conv"
	"github.com/gradflow/gradflow/internal/kernel/planes"
)

// MaxPool2D is the largest element of each window of images x (batch, channels, height, width), and NaN if one is NaN. The number of
// windows is that of [Conv2D]; padding, up to half of a window, is never the largest. A stride of 0 is the size of the window.
//
// Its gradient: dy at the largest element of each window, the first if there are several, as in PyTorch.
func MaxPool2D(x *gorgonia.Node, window Window) (*gorgonia.Node, error) {
	p := maxPooling(window.tiled())
	o := p.maximum()
	o.grad = func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		dx, err := p.maximumBackward().apply(in[0], dy)
		return gorgonia.Nodes{dx}, err
	}
	return o.apply(x)
}

// AvgPool2D is the mean of each window of images x (batch, channels, height, width), which move as in [MaxPool2D] but without
// dilation. With countPadding, PyTorch's default, the zeros around an image count as elements.
//
// Its gradient: dy, in equal parts for the elements of the window.
func AvgPool2D(x *gorgonia.Node, window Window, countPadding bool) (*gorgonia.Node, error) {
	if window = window.tiled(); window.Dilation != [2]int{1, 1} {
		return nil, errors.Errorf("avg_pool2d: got dilation %v, want 1", window.Dilation)
	}
	return averagePooling(window, countPadding).average(x)
}

// AdaptiveAvgPool2D is the mean of parts of images x (batch, channels, height, width), which gives images of the given height and
// width: part i of n along a side of s goes from i·s/n, rounded down, to (i+1)·s/n, rounded up. Its gradient is that of [AvgPool2D].
func AdaptiveAvgPool2D(x *gorgonia.Node, size [2]int) (*gorgonia.Node, error) {
	if size[0] < 1 || size[1] < 1 {
		return nil, errors.Errorf("adaptive_avg_pool2d: got size %v, want at least 1 in height and width", size)
	}
	return pooling{name: "adaptive_avg_pool2d", kind: "adaptive average", size: size}.average(x)
}

// GlobalAvgPool is the mean of each channel of x (batch, channels, ...): (batch, channels). Its gradient: dy, in equal parts.
func GlobalAvgPool(x *gorgonia.Node) (*gorgonia.Node, error) {
	return globalPooling.average(x)
}

// tiled is filled with windows that stand side by side unless they have a stride.
func (w Window) tiled() Window {
	for side := range 2 {
		if w.Stride[side] == 0 {
			w.Stride[side] = w.Size[side]
		}
	}
	return w.filled()
}

// A pooling holds the attributes of the ops of this file.
type pooling struct {
	name, kind   string // of the op; in its Spec
	window       Window // zero: the image is split evenly into ...
	size         [2]int // ... parts; zero: one part, whose axes the result lacks
	countPadding bool
}

func maxPooling(w Window) pooling { return pooling{name: "max_pool2d", window: w} }

func averagePooling(w Window, countPadding bool) pooling {
	return pooling{name: "avg_pool2d", kind: "average", window: w, countPadding: countPadding}
}

var globalPooling = pooling{name: "global_avg_pool", kind: "global average"}

func (p pooling) String() string {
	switch {
	case p.window != Window{}:
		return fmt.Sprintf("%s(window=%v, stride=%v, padding=%v, dilation=%v, count padding=%v)",
			p.name, p.window.Size, p.window.Stride, p.window.Padding, p.window.Dilation, p.countPadding)
	case p.size != [2]int{}:
		return fmt.Sprintf("%s(%v)", p.name, p.size)
	}
	return p.name
}

// geometry checks the shape of x.
func (p pooling) geometry(x tensor.Shape) (g planes.Pooling, err error) {
	g = planes.Pooling{Window: conv.Window(p.window), Planes: x[0] * x[1], Adaptive: p.window == Window{}, CountPadding: p.countPadding}
	switch {
	case p.isGlobal():
		g.Image, g.Result = [2]int{1, x[2:].TotalSize()}, [2]int{1, 1}
		return g, nil
	case g.Adaptive:
		g.Image, g.Result = [2]int{x[2], x[3]}, p.size
		return g, nil
	}
	for side, padding := range p.window.Padding {
		if padding > p.window.Size[side]/2 {
			return g, errors.Errorf("got padding %v for a window of %v, want at most half of it", p.window.Padding, p.window.Size)
		}
	}
	g.Image = [2]int{x[2], x[3]}
	g.Result, err = g.Output(g.Image)
	return g, err
}

func (p pooling) isGlobal() bool { return p.window == Window{} && p.size == [2]int{} }

// shape is that of the result.
func (p pooling) shape(x tensor.Shape) (tensor.Shape, error) {
	g, err := p.geometry(x)
	if p.isGlobal() {
		return tensor.Shape{x[0], x[1]}, err
	}
	return tensor.Shape{x[0], x[1], g.Result[0], g.Result[1]}, err
}

func (p pooling) op(k kernels) *Op {
	return &Op{
		name: p.String(), spec: Spec{Kind: KindPool, Name: p.kind, Window: p.window, Size: p.size, CountPadding: p.countPadding}, types: repeat(4, 1), kernel: k,
		shape: func(in []tensor.Shape) (tensor.Shape, error) { return p.shape(in[0]) },
	}
}

// maximum is the op of a maximum, and maximumBackward its gradient, which reads x and dy.
func (p pooling) maximum() *Op {
	o := p.op(kernels{maxPool[float32](p), maxPool[float64](p)})
	o.blocked = p.blockedMax
	return o
}

func (p pooling) maximumBackward() *Op {
	return &Op{
		name:  p.String() + " backward",
		spec:  Spec{Kind: KindGradient, Name: p.name, Window: p.window},
		types: repeat(4, 2),
		shape: likeFirst(func(x tensor.Shape) ([]tensor.Shape, error) {
			y, err := p.shape(x)
			return []tensor.Shape{y}, err
		}),
		kernel:  kernels{maxPoolBackward[float32](p), maxPoolBackward[float64](p)},
		blocked: p.blockedMaxGradient,
	}
}

// average draws a mean.
func (p pooling) average(x *gorgonia.Node) (*gorgonia.Node, error) {
	o := p.mean(dimsOf(x))
	o.grad = func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		dx, err := p.meanBackward(in[0].Shape(), y.Shape()).apply(dy)
		return gorgonia.Nodes{dx}, err
	}
	return o.apply(x)
}

// mean is the op of a mean of images of so many dimensions, and meanBackward its gradient, which reads dy, for the shapes of x and y.
func (p pooling) mean(dims int) *Op {
	o := p.op(kernels{averagePool[float32](p), averagePool[float64](p)})
	o.blocked = p.blockedAverage
	if p.isGlobal() {
		o.types = []hm.Type{tensorOf(max(3, dims)), tensorOf(2)}
	}
	return o
}

func (p pooling) meanBackward(x, y tensor.Shape) *Op {
	return &Op{
		name:    fmt.Sprintf("%v backward(shape=%v)", p, x),
		spec:    Spec{Kind: KindGradient, Name: p.name, Window: p.window},
		types:   []hm.Type{tensorOf(len(y)), tensorOf(len(x))},
		shape:   become(y.Clone(), x.Clone()),
		kernel:  kernels{averagePoolBackward[float32](p), averagePoolBackward[float64](p)},
		blocked: p.blockedAverageGradient(x.Clone()),
	}
}

// pool gives the pooling of images of this shape, which is kept from run to run.
func pool[T Float](c *call[T], p pooling, x tensor.Shape) (*planes.Pool[T], error) {
	k := kept[planes.Pool[T]](c)
	g, err := p.geometry(x)
	k.Pooling = g
	return k, err
}

func maxPool[T Float](p pooling) func(*call[T]) error {
	return func(c *call[T]) error {
		k, err := pool(c, p, c.shapes[0])
		if err == nil {
			k.Max(c.out, c.in[0])
		}
		return err
	}
}

func maxPoolBackward[T Float](p pooling) func(*call[T]) error {
	return func(c *call[T]) error {
		k, err := pool(c, p, c.shapes[0])
		if err == nil {
			k.MaxBackward(c.out, c.in[0], c.in[1])
		}
		return err
	}
}

func averagePool[T Float](p pooling) func(*call[T]) error {
	return func(c *call[T]) error {
		k, err := pool(c, p, c.shapes[0])
		if err == nil {
			k.Average(c.out, c.in[0])
		}
		return err
	}
}

func averagePoolBackward[T Float](p pooling) func(*call[T]) error {
	return func(c *call[T]) error {
		k, err := pool(c, p, c.shape)
		if err == nil {
			k.AverageBackward(c.out, c.in[0])
		}
		return err
	}
}
