package onnx

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// windowOperators move windows over images.
func windowOperators() map[string]operator {
	return map[string]operator{
		"Conv":              {"auto_pad dilations group kernel_shape pads strides", drawConv},
		"ConvTranspose":     {"auto_pad dilations group kernel_shape pads strides output_padding output_shape", drawConvTranspose},
		"MaxPool":           {"auto_pad ceil_mode dilations kernel_shape pads storage_order strides", drawMaxPool},
		"AveragePool":       {"auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides", drawAveragePool},
		"LpPool":            {"auto_pad kernel_shape p pads strides", drawLpPool},
		"GlobalAveragePool": {"", drawGlobalAveragePool},
		"GlobalMaxPool":     {"", func(c *call) []*value { return one(c.global(maxOf)) }},
		"GlobalLpPool": {"p", func(c *call) []*value {
			return one(c.norm(c.needImages(), c.integer("p", 2), func(x *value) *value {
				return c.reduce(sumOf, x, span(2, x.dims()-2), true)
			}))
		}},
	}
}

// optional is the node of a value that may be left out.
func (c *call) optional(v *value) *gorgonia.Node {
	if v == nil {
		return nil
	}
	return c.lift(v)
}

// opWindow is the window of our ops, which pads both sides alike.
func (w window) opWindow() op.Window {
	return op.Window{Size: pair(w.size, 1), Stride: pair(w.stride, 1), Dilation: pair(w.dilation, 1), Padding: pair(w.begin, 0)}
}

func drawConv(c *call) []*value {
	x, weight, groups := c.needImages(), c.needFloat(1), c.integer("group", 1)
	if weight.dims() != x.dims() || groups < 1 || weight.shape[1] == 0 || x.shape[1] != groups*weight.shape[1] || weight.shape[0]%groups != 0 {
		c.fail("got a weight of shape %v and %d groups for shape %v", weight.shape, groups, x.shape)
	}
	if k := c.list("kernel_shape"); k != nil && !slices.Equal(k, weight.shape[2:]) {
		c.fail("attribute \"kernel_shape\": got %v for a weight of shape %v", k, weight.shape)
	}
	w := c.window(x.shape[2:], weight.shape[2:])
	switch x.dims() {
	case 3, 4:
		if !w.isEven() {
			x = c.padded(x, w, 0)
			w.begin = slices.Repeat([]int{0}, len(w.size))
		}
		convolve := op.Conv2D
		if x.dims() == 3 {
			convolve = op.Conv1D
		}
		return one(c.made(x.typ)(convolve(c.lift(x), c.lift(weight), c.optional(c.arg(2)), w.opWindow(), groups)))
	}
	return one(c.convolveByPatches(x, weight, w, groups))
}

// convolveByPatches is the convolution of images with any number of axes, as a product with the elements under the window.
func (c *call) convolveByPatches(x, weight *value, w window, groups int) *value {
	batch, in, out := x.shape[0], x.shape[1]/groups, weight.shape[0]/groups
	places, elements := sizeOf(w.out), sizeOf(w.size)
	patches := c.reshape(c.patches(x, w, 0), []int{batch, groups, in, places, elements})
	columns := c.reshape(c.transpose(patches, []int{0, 1, 2, 4, 3}), []int{batch, groups, in * elements, places})
	rows := c.reshape(weight, []int{1, groups, out, in * elements})
	y := c.reshape(c.stackProduct(rows, columns), slices.Concat([]int{batch, groups * out}, w.out))
	return c.addBias(y, c.arg(2))
}

// addBias adds a number to each channel.
func (c *call) addBias(y, bias *value) *value {
	if bias == nil {
		return y
	}
	shape := slices.Repeat([]int{1}, y.dims()-1)
	shape[0] = y.shape[1]
	return c.combine(plus, y, c.reshape(bias, shape))
}

// drawConvTranspose computes all places that the windows reach, and cuts the padding off, unless that is the same on both sides.
func drawConvTranspose(c *call) []*value {
	x, weight, groups := c.needImages(), c.needFloat(1), c.integer("group", 1)
	if weight.dims() != x.dims() || groups < 1 || x.shape[1] != weight.shape[0] || x.dims() > 4 {
		c.fail("got a weight of shape %v and %d groups for shape %v, want images with one or two axes", weight.shape, groups, x.shape)
	}
	dims, n := x.dims(), x.dims()-2
	w := window{size: weight.shape[2:], stride: c.perAxis("strides", n, 1), dilation: c.perAxis("dilations", n, 1)}
	pads, extra := c.perAxis("pads", 2*n, 0), c.perAxis("output_padding", n, 0)
	w.begin, w.end = slices.Clone(pads[:n]), slices.Clone(pads[n:])
	full := make([]int, n) // size before the padding is cut off
	for i := range n {
		full[i] = (x.shape[2+i]-1)*w.stride[i] + (w.size[i]-1)*w.dilation[i] + 1
		w.out = append(w.out, full[i]+extra[i]-w.begin[i]-w.end[i])
	}
	c.wantedSize(x, &w, full, extra)
	images, bias := c.asImages(x), c.optional(c.arg(2))
	filter := weight
	if dims == 3 {
		filter = c.reshape(weight, []int{weight.shape[0], weight.shape[1], 1, weight.shape[2]})
	}
	below := true // whether our op can add the extra elements
	for i := range n {
		below = below && extra[i] < w.stride[i]
	}
	if w.isEven() && below {
		y := c.made(x.typ)(op.ConvTranspose2D(c.lift(images), c.lift(filter), bias, w.opWindow(), pair(extra, 0), groups))
		return one(c.asSequences(y, dims))
	}
	begin := w.begin
	w.begin = slices.Repeat([]int{0}, n)
	y := c.asSequences(c.made(x.typ)(op.ConvTranspose2D(c.lift(images), c.lift(filter), nil, w.opWindow(), [2]int{}, groups)), dims)
	for i := range n {
		y = c.padAxis(y, 2+i, -begin[i], w.out[i]+begin[i]-full[i], 0, paddings["constant"])
	}
	return one(c.addBias(y, c.arg(2)))
}

// wantedSize sets the padding by the size of the result, if the file gives that.
func (c *call) wantedSize(x *value, w *window, full, extra []int) {
	wanted := c.list("output_shape")
	if c.isSame() && wanted == nil {
		for i, n := range x.shape[2:] {
			wanted = append(wanted, n*w.stride[i])
		}
	}
	if len(wanted) == len(full)+2 {
		wanted = wanted[2:]
	}
	if wanted == nil {
		return
	}
	if len(wanted) != len(full) {
		c.fail("attribute \"output_shape\": got %v, want %d numbers", wanted, len(full))
	}
	for i, n := range wanted {
		total := full[i] + extra[i] - n
		w.out[i] = n
		if total < 0 {
			extra[i], total = extra[i]-total, 0
		}
		w.begin[i], w.end[i] = total/2, total-total/2
		if c.text("auto_pad", "") == "SAME_LOWER" {
			w.begin[i], w.end[i] = w.end[i], w.begin[i]
		}
	}
	c.check(w.out)
}

// pools reads images and the window of a pool. The window's padding is at most half of it where even is set, as our ops want.
func (c *call) pools() (x *value, w window, even bool) {
	x = c.needImages()
	w = c.window(x.shape[2:], c.list("kernel_shape"))
	even = w.isEven()
	for i, n := range w.size {
		even = even && w.begin[i] <= n/2
	}
	return x, w, even && x.dims() <= 4
}

func drawMaxPool(c *call) []*value {
	x, w, even := c.pools()
	dims := x.dims()
	if dims > 4 {
		y := c.reduce(maxOf, c.patches(x, w, math.Inf(-1)), []int{3}, false)
		return one(c.reshape(y, slices.Concat(x.shape[:2], w.out)))
	}
	if !even {
		x = c.padded(x, w, math.Inf(-1))
		w.begin = slices.Repeat([]int{0}, len(w.size))
	}
	return one(c.asSequences(c.made(x.typ)(op.MaxPool2D(c.lift(c.asImages(x)), w.opWindow())), dims))
}

func drawAveragePool(c *call) []*value {
	x, w, even := c.pools()
	dims, counted := x.dims(), c.integer("count_include_pad", 0) == 1
	plain := slices.Max(w.dilation) == 1
	if even && plain && slices.Equal(w.end, w.inside) {
		return one(c.asSequences(c.made(x.typ)(op.AvgPool2D(c.lift(c.asImages(x)), w.opWindow(), counted)), dims))
	}
	sum := c.reduce(sumOf, c.patches(x, w, 0), []int{3}, false)
	inside := filled(x.typ, 1, 1, 1, sizeOf(x.shape[2:]))
	inside = c.reshape(inside, slices.Concat([]int{1, 1}, x.shape[2:]))
	if counted {
		for i := range w.size {
			inside = c.padAxis(inside, 2+i, w.begin[i], w.inside[i], 1, paddings["constant"])
		}
		w.begin = slices.Repeat([]int{0}, len(w.size))
	}
	counts := c.reduce(sumOf, c.patches(inside, w, 0), []int{3}, false)
	return one(c.reshape(c.combine(over, sum, counts), slices.Concat(x.shape[:2], w.out)))
}

func drawLpPool(c *call) []*value {
	x, w, _ := c.pools()
	shape := slices.Concat(x.shape[:2], w.out)
	return one(c.norm(x, c.integer("p", 2), func(x *value) *value {
		return c.reshape(c.reduce(sumOf, c.patches(x, w, 0), []int{3}, false), shape)
	}))
}

// norm is the p-th root of the sum of the p-th powers of what sum adds up.
func (c *call) norm(x *value, p int, sum func(x *value) *value) *value {
	powers := c.apply(op.Power, float64(p), 0, c.apply(op.Abs, 0, 0, x))
	return c.apply(op.Power, 1/float64(p), 0, sum(powers))
}

// global reduces all axes after the channels.
func (c *call) global(f reduction) *value {
	x := c.needImages()
	return c.reduce(f, x, span(2, x.dims()-2), true)
}

func drawGlobalAveragePool(c *call) []*value {
	x := c.needImages()
	if x.dims() != 4 {
		return one(c.global(meanOf))
	}
	y := c.made(x.typ)(op.GlobalAvgPool(c.lift(x)))
	return one(c.reshape(y, []int{x.shape[0], x.shape[1], 1, 1}))
}
